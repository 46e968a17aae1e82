#!/bin/sh
# Removes what dcosup keeps on a node, except what its fixes remember of how it was
# before: that goes when it is put back. On the bootstrap node that is the release and the install files too.
set -eu
systemctl stop dcosup-fileserver.service 2>/dev/null || :
systemctl reset-failed dcosup-fileserver.service 2>/dev/null || :
rm -rf /opt/dcosup /var/lib/dcosup/jobs /var/lib/dcosup/fixes
rmdir /var/lib/dcosup 2>/dev/null || :
