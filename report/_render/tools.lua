-- What the filters share: reading results, texts as they stand, native tables.

local tools = {}
local project = os.getenv("QUARTO_PROJECT_DIR") or "."
local cache = {}

tools.is_typst = FORMAT:match("typst") ~= nil

function tools.stop(message)
  error("csrbook: " .. message, 0)
end

function tools.read(name)
  if not cache[name] then
    local file = io.open(project .. "/results/" .. name .. ".json", "r")
    if not file then tools.stop("no display or results file '" .. name .. "' (results/" .. name .. ".json)") end
    cache[name] = pandoc.json.decode(file:read("a"), false)
    file:close()
  end
  return cache[name]
end

-- A fixed word of results/words.json, with what is filled in.
function tools.say(key, value)
  return (tools.read("words")[key]:gsub("{x}", (value:gsub("%%", "%%%%"))))
end

function tools.typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", "\\n") .. '"'
end

function tools.attribute(element, name)
  return element.attributes[name]
    or tools.stop("'." .. element.classes[1] .. "' needs the attribute '" .. name .. "'")
end

-- A string as it stands: newlines break lines, leading blanks indent them.
function tools.literal(text)
  local inlines = pandoc.List()
  for line in (text .. "\n"):gmatch("(.-)\n") do
    if #inlines > 0 then inlines:insert(pandoc.LineBreak()) end
    local blanks = #line:match("^ *")
    if blanks > 1 then inlines:insert(pandoc.Str(("\u{2003}"):rep(blanks // 2))) end
    for word, space in line:sub(blanks + 1):gmatch("(%S*)(%s*)") do
      if word ~= "" then inlines:insert(pandoc.Str(word)) end
      if space ~= "" then inlines:insert(pandoc.Space()) end
    end
  end
  return inlines
end

tools.ALIGN = { left = "AlignLeft", right = "AlignRight", center = "AlignCenter", decimal = "AlignCenter" }

function tools.cell(inlines, align, rowspan, colspan)
  return pandoc.Cell({ pandoc.Plain(inlines) }, align or "AlignDefault", rowspan or 1, colspan or 1)
end

function tools.table_of(columns, head, body, label_columns)
  local total = 0
  for _, column in ipairs(columns) do total = total + column.width end
  local specs = pandoc.List()
  for _, column in ipairs(columns) do specs:insert({ tools.ALIGN[column.align or "left"], column.width / total }) end
  local content = { attr = pandoc.Attr(), head = {}, body = body, row_head_columns = label_columns }
  return pandoc.Table(pandoc.Caption(), specs, pandoc.TableHead(head), { content }, pandoc.TableFoot())
end

return tools
