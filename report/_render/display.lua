-- Places displays and quotes numbers. Runs unchanged under Quarto (`filters:`) and pandoc (`--lua-filter`).
--
--   ::: {.tlf src="T14.2.1.1"}            the display results/T14.2.1.1.json, on pages of its own
--   :::
--   ::: {.plan-table src="estimands"}     a table of results/plan.json, where it stands in the text
--   :::
--   []{.ard output="T14.2.1.1" stat="hr"}         a number of results/numbers.json
--   []{.plan key="study.noninferiority.margin"}   a text of results/plan.json
--
-- Typst gets calls of the Typst library; every other writer gets native pandoc tables made from the same JSON.
-- What is not there stops the render.

local tools = dofile((os.getenv("QUARTO_PROJECT_DIR") or ".") .. "/report/_render/tools.lua")
local is_typst, stop, read, say, typst_string = tools.is_typst, tools.stop, tools.read, tools.say, tools.typst_string
local attribute, literal, cell, table_of, ALIGN = tools.attribute, tools.literal, tools.cell, tools.table_of, tools.ALIGN

local function body_row(row, listing, n)
  local cells = pandoc.List()
  if not listing then
    local label = literal(row.label)
    if row.kind == "group" or row.kind == "section" then label = pandoc.Inlines({ pandoc.Strong(label) }) end
    if row.indent > 0 then label:insert(1, pandoc.Str(("\u{2003}"):rep(row.indent))) end
    cells:insert(cell(label, "AlignLeft", 1, #row.cells == 0 and n or 1))
  end
  for _, text in ipairs(row.cells) do cells:insert(cell(literal(text))) end
  return pandoc.Row(cells)
end

local function display_table(display)
  local head = pandoc.List(display.header):map(function(row)
    return pandoc.Row(pandoc.List(row):map(function(c)
      return cell(literal(c.text), ALIGN[c.align], c.rowspan, c.colspan)
    end))
  end)
  local listing = display.kind == "listing"
  local body = pandoc.List(display.rows):map(function(row) return body_row(row, listing, #display.columns) end)
  return table_of(display.columns, head, body, listing and 0 or 1)
end

local function native_display(display, level)
  local heading = literal(display.number .. " " .. display.title)
  local out = pandoc.List({ pandoc.Header(level, heading, pandoc.Attr(display.anchor)) })
  if display.population ~= "" then out:insert(pandoc.Para({ pandoc.Emph(literal(display.population)) })) end
  -- A figure is told in words here: its drawing exists in Typst only.
  if display.kind == "figure" then
    out:insert(pandoc.Para(literal(display.alt)))
  elseif display.separate then
    out:insert(pandoc.Para({ pandoc.Link(literal(display.separate.file), display.separate.file) }))
  else
    out:insert(display_table(display))
  end
  for _, note in ipairs(display.footnotes) do out:insert(pandoc.Para(literal(note))) end
  local source = say("source", table.concat(display.sources, ", ")) .. " " .. say("program", display.program)
  out:insert(pandoc.Para(literal(source)))
  if display.double_programming ~= "" then out:insert(pandoc.Para(literal(display.double_programming))) end
  return out
end

local function native_plan_table(plan)
  local strong = function(text) return cell({ pandoc.Strong(literal(text)) }) end
  local plain = function(text) return cell(literal(text)) end
  local head = { pandoc.Row(pandoc.List(plan.header):map(strong)) }
  local body = pandoc.List(plan.rows):map(function(row) return pandoc.Row(pandoc.List(row):map(plain)) end)
  local out = pandoc.List({ table_of(plan.columns, head, body, 0) })
  if plan.caption then out:insert(1, pandoc.Para({ pandoc.Strong(literal(plan.caption)) })) end
  return out
end

-- Headings directly before a display ride in its page header, so that no page holds a heading alone.
local function place(source, before, level)
  local display = read(source)
  if not is_typst then return before .. native_display(display, level) end
  local call = "#display(" .. typst_string(source) .. ", level: " .. level
  if #before == 0 then return pandoc.List({ pandoc.RawBlock("typst", call .. ")") }) end
  return pandoc.List({ pandoc.RawBlock("typst", call .. ", before: [") }) .. before
    .. pandoc.List({ pandoc.RawBlock("typst", "])") })
end

local function plan_table(div)
  if not div.classes:includes("plan-table") then return nil end
  local name = attribute(div, "src")
  local plan = read("plan").tables[name] or stop("no table '" .. name .. "' in the plan (results/plan.json)")
  if not is_typst then return native_plan_table(plan) end
  return pandoc.RawBlock("typst", "#plan-table(" .. typst_string(name) .. ")")
end

local function quoted(element)
  local text
  if element.classes:includes("ard") then
    local output, stat = attribute(element, "output"), attribute(element, "stat")
    text = (read("numbers")[output] or {})[stat] or stop("no number '" .. stat .. "' of output " .. output)
  elseif element.classes:includes("plan") then
    local key = attribute(element, "key")
    text = read("plan").values[key] or stop("no value '" .. key .. "' in the plan")
  else
    return nil
  end
  return is_typst and pandoc.RawInline("typst", "#" .. typst_string(text) .. ";") or literal(text)
end

-- PDF/A wants a text for every formula: its TeX source, which screen readers of the field know.
local function formula(math)
  if not is_typst then return nil end
  local source = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), "typst"):gsub("%s+$", "")
  -- pandoc writes a symbol by a name that Typst 0.15 no longer has, and leaves no room before the condition of a case.
  source = source:gsub("times%.circle", "times.o"):gsub("cases%b()", function(rows) return (rows:gsub(" & ", " & quad ")) end)
  local text = math.text:gsub("\\[,!;]", " "):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  return pandoc.RawInline("typst", "#{ set math.equation(alt: " .. typst_string(text) .. "); " .. source .. " };")
end

local function is_display(block)
  return block.t == "Div" and block.classes:includes("tlf")
end

local function displays(document)
  local out, waiting, level = pandoc.List(), pandoc.List(), 0
  for _, block in ipairs(document.blocks) do
    if is_display(block) then
      out:extend(place(attribute(block, "src"), waiting, level + 1))
      waiting = pandoc.List()
    elseif block.t == "Header" then
      waiting:insert(block)
      level = block.level
    else
      out:extend(waiting)
      out:insert(block)
      waiting = pandoc.List()
    end
  end
  document.blocks = out .. waiting
  return document
end

local function nested(div)
  if is_display(div) then stop("the display '" .. attribute(div, "src") .. "' must not stand inside another block") end
end

return { { Span = quoted, Div = plan_table, Math = formula }, { Pandoc = displays }, { Div = nested } }
