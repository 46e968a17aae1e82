# shellcheck disable=SC2034,SC2154 # shared with the other parts
region=${mine% *}
zone=${mine#* }
