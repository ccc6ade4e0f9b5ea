#!/bin/sh
# Writes Alertmanager's configuration from the template beside this script and the environment, and starts the given
# command with it:
#
#   alertmanager-start.sh /bin/alertmanager --storage.path=/alertmanager
#
# SLACK_WEBHOOK_URL                      an incoming webhook of Slack
# SMTP_HOST, SMTP_PORT (587)             the mail server
# SMTP_FROM, SMTP_TO                     the sender; the recipients, with commas between them
# SMTP_USERNAME, SMTP_PASSWORD           where the server asks for them; then only over TLS
# SLACK_WEBHOOK_URL_FILE, SMTP_PASSWORD_FILE   files that hold them instead
# ALERTMANAGER_CONFIG                    where the configuration is written (/tmp/alertmanager.yml)
#
# All are optional. Only what is built into the shell touches the values, so that none is in a list of processes.
set -eu
umask 077

die() {
    printf 'alertmanager-start: %s\n' "$1" >&2
    exit 1
}

# The first line of a file. Its end of line may be missing.
first_line() {
    [ -r "$1" ] || die "$2: the file cannot be read"
    line=
    IFS= read -r line <"$1" || :
}

slack=${SLACK_WEBHOOK_URL:-}
if [ -z "$slack" ] && [ -n "${SLACK_WEBHOOK_URL_FILE:-}" ]; then
    first_line "$SLACK_WEBHOOK_URL_FILE" SLACK_WEBHOOK_URL_FILE
    slack=$line
fi
password=${SMTP_PASSWORD:-}
if [ -z "$password" ] && [ -n "${SMTP_PASSWORD_FILE:-}" ]; then
    first_line "$SMTP_PASSWORD_FILE" SMTP_PASSWORD_FILE
    password=$line
fi
host=${SMTP_HOST:-} port=${SMTP_PORT:-587} from=${SMTP_FROM:-} to=${SMTP_TO:-} username=${SMTP_USERNAME:-}
unset SLACK_WEBHOOK_URL SMTP_PASSWORD

email=
if [ -n "$host$from$to$username$password" ]; then
    [ -n "$host" ] && [ -n "$from" ] && [ -n "$to" ] ||
        die 'e-mail needs SMTP_HOST, SMTP_FROM and SMTP_TO; set the missing ones, or none'
    email=yes
fi
if [ -n "$username" ] && [ -z "$password" ]; then die 'SMTP_USERNAME is set and SMTP_PASSWORD is not'; fi
if [ -z "$username" ] && [ -n "$password" ]; then die 'SMTP_PASSWORD is set and SMTP_USERNAME is not'; fi

# A value as YAML in single quotes, in which only the quote itself has a meaning.
quoted() {
    case $2 in *[[:cntrl:]]*) die "$1 has a line break or another control character" ;; esac
    rest=$2 out=
    while :; do
        case $rest in
            *\'*) out="$out${rest%%\'*}''" rest=${rest#*\'} ;;
            *) break ;;
        esac
    done
    printf "'%s'" "$out$rest"
}

line_of() { # indented name, variable, value
    printf '        %s: ' "$1"
    quoted "$2" "$3"
    printf '\n'
}

title='[{{ .Status }}] {{ .CommonLabels.severity }}: {{ .GroupLabels.alertname }}'
text='{{ range .Alerts }}{{ .Annotations.summary }}: {{ .Annotations.description }} ({{ .Annotations.runbook }}){{ "\n" }}{{ end }}'

slack_config() {
    printf '    slack_configs:\n      - send_resolved: true\n'
    line_of api_url SLACK_WEBHOOK_URL "$slack"
    line_of title title "$title"
    line_of text text "$text"
}

email_config() {
    printf '    email_configs:\n      - send_resolved: true\n'
    line_of smarthost 'SMTP_HOST or SMTP_PORT' "$host:$port"
    line_of from SMTP_FROM "$from"
    line_of to SMTP_TO "$to"
    if [ -n "$username" ]; then
        line_of auth_username SMTP_USERNAME "$username"
        line_of auth_password SMTP_PASSWORD "$password"
        printf '        require_tls: true\n'
    else
        printf '        require_tls: false\n'
    fi
    printf '        headers: { Subject: '
    quoted title "$title"
    printf ' }\n        html: ""\n'
    line_of text text "$text"
}

configuration() {
    while IFS= read -r line; do
        case $line in
            *'#@slack or email')
                if [ -n "$slack" ]; then slack_config; elif [ -n "$email" ]; then email_config; fi ;;
            *'#@slack') if [ -n "$slack" ]; then slack_config; fi ;;
            *'#@email') if [ -n "$email" ]; then email_config; fi ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$folder/alertmanager.yml"
}

case $0 in */*) folder=${0%/*} ;; *) folder=. ;; esac
file=${ALERTMANAGER_CONFIG:-/tmp/alertmanager.yml}
rm -f "$file"
configuration >"$file"

if [ -n "$slack" ] && [ -n "$email" ]; then
    printf 'Alerts go to Slack; critical ones by e-mail too.\n'
elif [ -n "$slack" ]; then
    printf 'Alerts go to Slack.\n'
elif [ -n "$email" ]; then
    printf 'Alerts go by e-mail.\n'
else
    printf 'Alerts go nowhere: set SLACK_WEBHOOK_URL, or SMTP_HOST, SMTP_FROM and SMTP_TO.\n'
fi >&2
[ $# -gt 0 ] || die 'name the command to start'
exec "$@" --config.file="$file"
