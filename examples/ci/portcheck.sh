#!/usr/bin/env bash
# Runs the root module that it is started in, and writes how the ports are:
#
#   portcheck.sh plan     for a pull request: what would change
#   portcheck.sh apply    applies what plan wrote, and fails if a port stays wrong
#   portcheck.sh drift    at night: ends with 0 if nothing changed, with 2 if
#                         something did, with 1 if that could not be found out
#
# The directory that REPORTS names (reports if it does not) gets report.md,
# report.xml for JUnit, report.html, and for plan comment.md. TERRAFORM names the
# CLI, such as tofu. It needs jq, and an init before it.
set -euo pipefail

terraform=${TERRAFORM:-terraform}
reports=${REPORTS:-reports}
mkdir -p "$reports"
rm -f "$reports"/{report.{md,xml,html},comment.md,plan.txt} # of a run before
plans=$(mktemp -d) # a plan has the whole state in it: it is no artefact
trap 'rm -rf "$plans"' EXIT

# from_plan writes the reports that a plan has foretold. It fails if they are not
# known before apply.
from_plan() { # plan
	"$terraform" show -json "$1" >"$plans/plan.json"
	jq -e '.planned_values.outputs.report_html | has("value")' "$plans/plan.json" >/dev/null || return 1
	jq -j '.planned_values.outputs.report_markdown.value' "$plans/plan.json" >"$reports/report.md"
	jq -j '.planned_values.outputs.report_junit.value' "$plans/plan.json" >"$reports/report.xml"
	jq -j '.planned_values.outputs.report_html.value' "$plans/plan.json" >"$reports/report.html"
}

# as_found writes the reports of how the ports are. A plan that means to look
# again has the reports of the success that it expects, or none; one that only
# refreshes has those of what it found. It changes nothing in state.
as_found() {
	"$terraform" plan -refresh-only -lock-timeout=10m -input=false -no-color -out="$plans/found.tfplan" >"$plans/found.txt" || return 1
	from_plan "$plans/found.tfplan" && return
	echo "### Port checks: not known before apply, as a check is new" | tee "$reports/report.md"
}

# as_applied writes the reports that the last apply left in state.
as_applied() {
	"$terraform" output -raw report_markdown >"$reports/report.md"
	"$terraform" output -raw report_junit >"$reports/report.xml"
	"$terraform" output -raw report_html >"$reports/report.html"
}

plan() {
	"$terraform" plan -lock-timeout=10m -input=false -no-color -out=change.tfplan | tee "$reports/plan.txt"
	as_found
	comment
}

# comment writes the report and the plan for a comment, which may be 65,536 characters
# long; the report is no longer than 60,000. The plan stands in a fence that is longer
# than any in it, and says so if it is cut.
comment() {
	local room shown="$plans/shown.txt" fence over title=Plan
	room=$((65000 - $(wc -c <"$reports/report.md")))
	local most=$room
	while true; do
		head -c "$most" "$reports/plan.txt" >"$shown"
		most=$((most - $(begun "$shown")))
		head -c "$most" "$reports/plan.txt" >"$shown"
		fence=$(head -c "$(($(longest '~' "$shown") + 4))" /dev/zero | tr '\0' '~')
		over=$(($(wc -c <"$shown") + 2 * ${#fence} - room))
		[ "$over" -gt 0 ] || break
		[ "$over" -lt $((most / 4)) ] || over=$((most / 4))
		most=$((most - over))
	done
	cmp -s "$shown" "$reports/plan.txt" || title='Plan, cut here: the artefact plan.txt has all of it'
	{
		cat "$reports/report.md"
		printf '\n<details><summary>%s</summary>\n\n%s\n' "$title" "$fence"
		cat "$shown"
		printf '\n%s\n\n</details>\n' "$fence"
	} >"$reports/comment.md"
}

# begun tells how many octets at the end of a file begin a character of UTF-8 that is
# not whole there.
begun() { # file
	tail -c 3 "$1" | od -An -v -tu1 | awk '{
		for (n = 1; n <= NF; n++) {
			octet = $(NF - n + 1)
			if (octet >= 128 && octet < 192) continue
			begun = octet >= 240 && n < 4 || octet >= 224 && n < 3 || octet >= 192 && n < 2 ? n : 0
			break
		}
	} END { print begun + 0 }'
}

# longest tells how many of a character stand in a row in a file at most.
longest() { # character file
	{ grep -ao "$1*" "$2" || true; } | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }'
}

apply() {
	if "$terraform" apply -lock-timeout=10m -input=false -no-color change.tfplan; then
		as_applied
	else
		as_found
		return 1
	fi
}

drift() {
	local status=0
	"$terraform" plan -detailed-exitcode -lock-timeout=10m -input=false -no-color -out="$plans/drift.tfplan" || status=$?
	case $status in
	0) from_plan "$plans/drift.tfplan" || as_found ;;
	2) as_found || echo "There is drift, and no report of it." >&2 ;;
	esac
	return "$status"
}

case ${1:-} in
plan | apply | drift) "$1" ;;
*)
	echo "usage: $0 plan|apply|drift" >&2
	exit 1
	;;
esac
