// Package inventory reads Ansible inventories and says which DC/OS cluster
// they describe.
//
// The meaning of an inventory is what `ansible-inventory --list` says of it:
// INI, YAML, JSON and TOML files, what programs print, directories of all these,
// host lists such as `-i 'a,b,'`,
// group_vars and host_vars, Ansible's order of precedence and its typing of
// values. Every value keeps the place where it was written, so that an error
// can show the line; all errors of an inventory are reported together.
//
// The package reads files and nothing else: it opens no connection, and has
// executable inventories run by Options.Run. Inventory plugins are refused by an
// error that names them. Whatever a file says, reading it is bounded in memory and
// time.
//
// What Ansible Vault has encrypted is decrypted by the passwords of
// Options.Vault. Such values are marked (Value.Secret) and shown by no error.
//
//	inv, err := inventory.Load(inventory.Options{Sources: []string{"hosts"}})
//	if err != nil {
//		return err // a *multierror.Error of *inventory.Error
//	}
//	cluster, err := inv.Cluster()
//	if err != nil {
//		return err
//	}
//	for _, node := range cluster.Masters() {
//		fmt.Println(node.Name, node.SSH.Host, node.SSH.Port)
//	}
package inventory
