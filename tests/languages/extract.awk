# extract.awk - takes the code and the expected output out of a page: awk -v out=DIR -f extract.awk PAGE
#
# A block "```python file=app.py" is a part of app.py; several are put together in order.
# A block "```text prints=app.py" is what that part of app.py prints.
# A block "```console" has commands, which begin with "$ ", each with what it prints. The tests run them in order.
# A block without a language that begins with a prompt is what a person sees who types into sqlite3 or psql. It may name
# the command itself. Otherwise a block for sqlite3 goes on with the database of the block before, unless it begins with
# .load; one for psql goes on with the database app.
#
# DIR/files/ gets the files. DIR/steps has a line for each command and each typed block: its kind, the line of the page,
# and the command. What step N prints is in DIR/N.wanted, what is typed in DIR/N.typed.
function step(kind, command) {
	steps++
	print kind "\t" FNR "\t" command >(out "/steps")
	wanted = out "/" steps ".wanted"
	printf "" >wanted
}
BEGIN { prompt = "^(sqlite>|[a-z]+=[*!]?[#>]) " }
/^```/ && !inside {
	inside = 1
	kind = name = ""
	count = split(substr($0, 4), word, " ")
	for (i = 2; i <= count; i++)
		if (word[i] ~ /^(file|prints)=/) {
			kind = word[i]
			sub(/=.*/, "", kind)
			name = substr(word[i], length(kind) + 2)
		}
	if (count && word[1] == "console")
		kind = "console"
	if (!count)
		kind = "typed?"
	next
}
/^```/ {
	inside = 0
	next
}
!inside { next }
kind == "file" { print >(out "/files/" name) }
kind == "prints" { print >(out "/" name ".prints") }
kind == "console" && /^\$ / {
	step("run", substr($0, 3))
	next
}
kind == "console" { print >wanted }
kind == "typed?" {
	kind = ""
	if ($0 ~ /^\$ (sqlite3|psql) /) { # the command that begins it
		opened = substr($0, 3)
		kind = "opened"
	} else if ($0 ~ prompt) {
		if ($0 !~ /^sqlite>/)
			opened = "psql -At app"
		else if ($0 ~ /^sqlite> \.load /)
			opened = "sqlite3 page" ++sessions ".db"
		else
			opened = "sqlite3 -init loaded.rc page" sessions ".db"
		kind = "opened"
	}
	if (kind == "opened") {
		step("typed", opened)
		typed = out "/" steps ".typed"
		if ($0 !~ prompt)
			next
	}
}
kind == "opened" {
	print >wanted
	line = $0
	if (sub(prompt, "", line))
		print "\001" line >typed
	else if (sub(/^( +\.\.\.>|[a-z]+[-('"]?[-('"][#>]) /, "", line))
		print line >typed
}
