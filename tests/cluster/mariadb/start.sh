#!/bin/sh
# Makes the database and the account on the first start, then becomes the server that the arguments say.
set -eu
data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
    rm -rf "$data/.new" && mkdir "$data/.new"
    mariadb-install-db --no-defaults --datadir="$data/.new" --skip-test-db --auth-root-authentication-method=socket > /dev/null
    mariadbd --no-defaults --datadir="$data/.new" --bootstrap << SQL
FLUSH PRIVILEGES;
CREATE DATABASE \`$MARIADB_DATABASE\` CHARACTER SET utf8mb4;
CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
SQL
    # What holds mysql/ counts as made, so that folder comes last.
    for entry in "$data"/.new/*; do [ "$entry" = "$data/.new/mysql" ] || mv "$entry" "$data/"; done
    mv "$data/.new/mysql" "$data/"
    rmdir "$data/.new"
fi
program=$1
shift
exec "$program" --no-defaults --datadir="$data" --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid \
    --bind-address=0.0.0.0 "$@"
