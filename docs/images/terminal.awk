# Turns the output of `tmux capture-pane -e -p` into an HTML page of a terminal window. TITLE is the text of its title bar.
function escape(text) {
  gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
  return text
}

function color(number) {
  if (number in palette) return palette[number]
  if (number >= 232) return sprintf("#%02x%02x%02x", 8 + (number - 232) * 10, 8 + (number - 232) * 10, 8 + (number - 232) * 10)
  return foreground
}

function span(text) {
  return text == "" ? "" : "<span style=\"color:" current (bold ? ";font-weight:bold" : "") "\">" escape(text) "</span>"
}

function apply(codes,    parts, count, i) {
  count = split(codes == "" ? "0" : codes, parts, ";")
  for (i = 1; i <= count; i++) {
    if (parts[i] == 0) { current = foreground; bold = 0 }
    else if (parts[i] == 1) bold = 1
    else if (parts[i] == 22) bold = 0
    else if (parts[i] == 39) current = foreground
    else if (parts[i] == 38 && parts[i + 1] == 5) { current = color(parts[i + 2]); i += 2 }
    else if (parts[i] >= 30 && parts[i] <= 37) current = color(parts[i] - 30)
    else if (parts[i] >= 90 && parts[i] <= 97) current = color(parts[i] - 82)
  }
}

BEGIN {
  foreground = "#d6dbe1"; current = foreground
  split("#3b4252 #e06c75 #8cc265 #d8a657 #6aa5e8 #c58af9 #56b6c2 #d6dbe1 " \
    "#8b95a3 #ff7a85 #a5d86e #f0c674 #82b4f5 #d7a6ff #72d5e0 #ffffff", names, " ")
  for (i = 1; i <= 16; i++) palette[i - 1] = names[i]
  print "<!doctype html><meta charset=\"utf-8\"><style>body{margin:0;background:#fff}"
  print "div{background:#161b22;border-radius:10px;display:inline-block;overflow:hidden}"
  print "p{margin:0;padding:8px 16px;background:#262c36;color:#aab4c0;font:13px 'DejaVu Sans',sans-serif}"
  print "pre{margin:0;padding:12px 16px 14px;color:" foreground ";font:14px/1.165 'DejaVu Sans Mono',monospace}</style>"
  printf "<div><p>%s</p><pre>", escape(TITLE)
}

{
  line = $0; out = ""
  while (match(line, /\033\[[0-9;]*m/)) {
    out = out span(substr(line, 1, RSTART - 1))
    apply(substr(line, RSTART + 2, RLENGTH - 3))
    line = substr(line, RSTART + RLENGTH)
  }
  print out span(line)
}

END { print "</pre></div>" }
