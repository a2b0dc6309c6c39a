-- The text around the displays: the synopsis, tables in the text, links. Runs after display.lua, under both engines.
--
--   ::: {.synopsis}                     the page between title page and contents
--   ::: {.wide}                         pages of one column, where the document's have two
--   ::: {.frame}                        a box around what it holds
--   ::: {.halves}                       the divs in it side by side
--   ::: {.rows widths="1 3 2"}          a table: of each term and its definitions a row, the first row being the header;
--   :::                                 a paragraph goes over all columns; with pages="true" links tell their page
--   [Table 14.2.1.1](#t-14-2-1-1)       a link to an output, which then names this page among those that mention it
--   Table 14.2.1.1                      the same by itself, where there is such an output
--
-- A heading that begins with a number can be led to by it: `9.2 Test` is `#s-9-2`.

local tools = dofile((os.getenv("QUARTO_PROJECT_DIR") or ".") .. "/report/_render/tools.lua")
local is_typst, stop, typst_string = tools.is_typst, tools.stop, tools.typst_string
local NUMBER = "%d+%.%d+%.[%d%.]*%d"

local function raw(text) return pandoc.RawBlock("typst", text) end
local function raw_inline(text) return pandoc.RawInline("typst", text) end

local function numbered(header)
  local number = pandoc.utils.stringify(header):match("^(%d[%d%.]*) ")
  if number then header.identifier = "s-" .. number:gsub("%.$", ""):gsub("%.", "-") end
  return header
end

-- Blocks between raw Typst, such as `#frame[` and `]`.
local function wrapped(before, blocks, after)
  local out = pandoc.List({ raw(before) })
  out:extend(blocks)
  out:insert(raw(after))
  return out
end

-- The text of the link goes as a string, in which no mention is looked for a second time.
local function paged(link)
  local anchor = link.target:match("^#(.+)$")
  if not anchor then return nil end
  local text = pandoc.utils.stringify(link.content)
  return raw_inline("#paged-link(" .. typst_string(anchor) .. ", " .. typst_string(text) .. ");")
end

-- Rows of a table in the text: a list of cells (blocks) each, or one paragraph over all columns.
local function rows_of(div)
  local rows = pandoc.List()
  for _, block in ipairs(div.content) do
    if block.t == "DefinitionList" then
      for _, item in ipairs(block.content) do
        local cells = pandoc.List({ pandoc.List({ pandoc.Plain(item[1]) }) })
        cells:extend(item[2])
        rows:insert(cells)
      end
    elseif block.t == "Para" then
      rows:insert(pandoc.List({ pandoc.List({ block }) }))
    else
      stop("'.rows' holds terms with definitions and paragraphs, not " .. block.t)
    end
  end
  return rows
end

local function rows_table(div)
  local widths = pandoc.List()
  for width in tools.attribute(div, "widths"):gmatch("[%d.]+") do widths:insert(tonumber(width)) end
  local rows = rows_of(div)
  for _, cells in ipairs(rows) do
    if #cells ~= #widths and #cells ~= 1 then
      stop("a row of '.rows' has " .. #cells .. " cells for " .. #widths .. " columns: "
        .. pandoc.utils.stringify(cells[1]))
    end
  end
  if not is_typst then
    local columns = widths:map(function(width) return { width = width } end)
    local made = rows:map(function(cells)
      return pandoc.Row(cells:map(function(blocks)
        return pandoc.Cell(blocks, "AlignDefault", 1, #cells == 1 and #widths or 1)
      end))
    end)
    return tools.table_of(columns, { made:remove(1) }, made, 0)
  end
  local out = pandoc.List({ raw("#text-table((" .. table.concat(widths, ", ") .. ",),") })
  for _, cells in ipairs(rows) do
    for _, blocks in ipairs(cells) do
      out:extend(wrapped(#cells == 1 and "(over: [" or "[", blocks, #cells == 1 and "])," or "],"))
    end
  end
  out:insert(raw(")"))
  return out
end

local function halves(div)
  local out = pandoc.List({ raw("#halves(") })
  for _, half in ipairs(div.content) do
    if half.t ~= "Div" then stop("'.halves' holds divs, not " .. half.t) end
    out:extend(wrapped("[", half.content, "],"))
  end
  out:insert(raw(")"))
  return out
end

local function block_of(div)
  if div.classes:includes("rows") then
    if is_typst and div.attributes.pages == "true" then div = div:walk({ Link = paged }) end
    return rows_table(div)
  end
  if not is_typst then return nil end
  if div.classes:includes("frame") then return wrapped("#frame[", div.content, "]") end
  if div.classes:includes("wide") then return wrapped("#wide[", div.content, "]") end
  if div.classes:includes("halves") then return halves(div) end
end

-- Terms with their descriptions side by side; a Typst list of terms would put each description under its term.
local function definitions(list)
  if not is_typst then return nil end
  local out = pandoc.List()
  for _, item in ipairs(list.content) do
    out:extend(wrapped("#definition[", { pandoc.Plain(item[1]) }, "]["))
    for _, description in ipairs(item[2]) do out:extend(description) end
    out:insert(raw("]"))
  end
  return out
end

-- The synopsis stands before the contents, which the template places: it goes there by the document's metadata.
local function synopsis(document)
  if not is_typst then return nil end
  local rest = pandoc.List()
  for _, block in ipairs(document.blocks) do
    if block.t == "Div" and block.classes:includes("synopsis") then
      document.meta.synopsis = pandoc.MetaBlocks(block.content)
    else
      rest:insert(block)
    end
  end
  document.blocks = rest
  return document
end

local function output_link(link)
  local anchor = link.target:match("^#([tfld]%-%d[%d-]+)$")
  if not anchor then return link, false end
  return pandoc.List({ raw_inline("#output-link(" .. typst_string(anchor) .. ")[") }) .. link.content
    .. pandoc.List({ raw_inline("];") }), false
end

-- `Tables?|Figures?` → Table, Tables, Figure, Figures
local kinds = {}
if is_typst then
  for word in tools.read("words").mentions:gmatch("[^|]+") do
    kinds[(word:gsub("%?$", ""))] = true
    if word:match("%?$") then kinds[(word:gsub(".%?$", ""))] = true end
  end
end

-- The word before a number belongs to its link: taken off the end of what is already out.
local function take_kind(out)
  local blank, word = out[#out], out[#out - 1]
  if not (blank and word and (blank.t == "Space" or blank.t == "SoftBreak") and word.t == "Str") then return {} end
  local before, kind = word.text:match("^(%p*)(%S+)$")
  if not (kind and kinds[kind]) then return {} end
  out:remove()
  out:remove()
  if before ~= "" then out:insert(pandoc.Str(before)) end
  return { pandoc.Str(kind), blank }
end

local function mentions(inlines)
  local out = pandoc.List()
  for _, inline in ipairs(inlines) do
    local before, number, after
    if inline.t == "Str" then before, number, after = inline.text:match("^(.-)(" .. NUMBER .. ")(.*)$") end
    -- `Table\ 14.2.1.1` is one word; so is `T14.2.1.1`.
    local lead, kind = (before or ""):match("^(%p*)(%a+\u{a0})$")
    if not (kind and kinds[kind:sub(1, -3)]) then lead, kind = (before or ""):match("^(%p*)([TFLD])$") end
    local body = pandoc.List()
    if number and before == "" then body:extend(take_kind(out)) end
    -- A bare number of three parts is that of a section.
    if not number or not (kind or #body > 0 or number:match("%..*%..*%.")) then
      out:insert(inline)
    else
      if (lead or before) ~= "" then out:insert(pandoc.Str(lead or before)) end
      body:insert(pandoc.Str((kind or "") .. number))
      out:insert(raw_inline("#reference(" .. typst_string(number) .. ")["))
      out:extend(body)
      out:insert(raw_inline("];"))
      if after ~= "" then out:insert(pandoc.Str(after)) end
    end
  end
  return out
end

local function unchanged(element) return element, false end

return {
  { Header = numbered, Div = block_of },
  { DefinitionList = definitions },
  is_typst and { traverse = "topdown", Header = unchanged, Link = output_link, Inlines = mentions } or {},
  { Pandoc = synopsis },
}
