# shellcheck disable=SC2034,SC2154 # shared with the other parts
ask_fault_domain
case $region/$zone in
/* | */ | *[!A-Za-z0-9._/-]*) bad 'region and zone' ;;
esac
region=@CLOUD@/$region
zone=@CLOUD@/$zone
