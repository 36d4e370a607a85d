package look

// Postgres says as whom to ask a PostgreSQL server whether it takes connections.
type Postgres struct {
	User     string
	Database string // empty: none is named, and the server takes that of the user's name
}

// GRPC says which service of a gRPC server is to be asked for its health.
type GRPC struct{ Service string }
