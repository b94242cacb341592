# Draws bars as SVG, readable on white and on black paper.  Input, between
# tabs: group, label, value, and the value as text.  A group has a scale of
# its own.  Variables: title.  regent's bars have another colour.

function escape(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	return text
}

function print_text(x, y, class, anchor, text)
{
	printf "<text x=\"%d\" y=\"%d\" class=\"%s\" text-anchor=\"%s\">%s" \
	    "</text>\n", x, y, class, anchor, escape(text)
}

function print_bar(y, row,    width)
{
	width = 0
	if (max[group[row]] > 0)
		width = bars * value[row] / max[group[row]]
	print_text(left - 8, y + 14, "label", "end", label[row])
	printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"16\" rx=\"2\"" \
	    " class=\"%s\"/>\n", left, y + 2, width < 1 ? 1 : width,
	    label[row] ~ /^regent/ ? "ours" : "theirs"
	print_text(left + width + 6, y + 14, "value", "start", shown[row])
}

BEGIN {
	FS = "\t"
	left = 150
	bars = 440
}

{
	n++
	group[n] = $1
	label[n] = $2
	value[n] = $3 + 0
	shown[n] = $4
	if (!($1 in max))
		groups++
	if (!($1 in max) || value[n] > max[$1])
		max[$1] = value[n]
}

END {
	height = 44 + groups * 34 + n * 22
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" " \
	    "viewBox=\"0 0 720 %d\" width=\"720\" height=\"%d\" " \
	    "role=\"img\" aria-label=\"%s\">\n", height, height, escape(title)
	print "<style>"
	print "text { font: 13px sans-serif; fill: #24292f }"
	print ".title { font-weight: bold; font-size: 15px }"
	print ".group { font-weight: bold }"
	print ".ours { fill: #1f6feb } .theirs { fill: #a3adb8 }"
	print "@media (prefers-color-scheme: dark) {"
	print "text { fill: #e6edf3 }"
	print ".ours { fill: #58a6ff } .theirs { fill: #6e7681 }"
	print "}"
	print "</style>"
	print_text(8, 22, "title", "start", title)
	y = 34
	for (row = 1; row <= n; row++) {
		if (row == 1 || group[row] != group[row - 1]) {
			y += 34
			print_text(8, y - 10, "group", "start", group[row])
		}
		print_bar(y, row)
		y += 22
	}
	print "</svg>"
}
