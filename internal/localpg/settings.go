package localpg

import (
	"maps"
	"slices"
)

// durable is how the server runs: an answer means the data are on disk, and
// memory fits a machine with two cores beside the program itself.
var durable = map[string]string{
	"fsync":                           "on",
	"full_page_writes":                "on",
	"synchronous_commit":              "on",
	"max_connections":                 "100",
	"shared_buffers":                  "256MB",
	"effective_cache_size":            "1GB",
	"work_mem":                        "8MB",
	"max_wal_size":                    "2GB", // fewer checkpoints, and with them fewer full pages in the log
	"checkpoint_timeout":              "15min",
	"random_page_cost":                "1.1", // solid-state disks
	"jit":                             "off", // compiling costs more than it saves on short queries
	"max_parallel_workers_per_gather": "0",   // two cores are busy with other people's requests
	"timezone":                        "UTC",
	"log_timezone":                    "UTC",
}

// quiet keeps what people write out of the server's log: no failed statement,
// no values. Errors reach the program, which knows what may be logged.
var quiet = map[string]string{
	"log_min_messages":        "log", // in this order: … error, log, fatal, panic
	"log_min_error_statement": "panic",
	"log_error_verbosity":     "terse",
	"log_checkpoints":         "off",
}

// private closes every door but the unix socket.
var private = map[string]string{
	"listen_addresses":        "",
	"unix_socket_permissions": "0700",
}

// throwaway is for tests: nothing is worth waiting for the disk.
var throwaway = map[string]string{
	"fsync":              "off",
	"full_page_writes":   "off",
	"synchronous_commit": "off",
	"wal_level":          "minimal",
	"max_wal_senders":    "0",
	"shared_buffers":     "128MB",
	"max_connections":    "200",
	"autovacuum":         "off",
	"max_wal_size":       "256MB",
	"min_wal_size":       "32MB",
}

// arguments are the server's command line for the settings of o.
func (o Options) arguments() []string {
	all := maps.Clone(durable)
	if o.Throwaway {
		maps.Copy(all, throwaway)
	}
	maps.Copy(all, quiet)
	maps.Copy(all, o.Settings)
	maps.Copy(all, private)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}
