package probe

// system is what the errors of this system mean.
var system = winsock
