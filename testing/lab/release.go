package lab

import (
	"context"
	"errors"
)

// buildRelease makes the stand-in release unless it is up to date, and returns
// its SHA-256 in hex.
func (l *Lab) buildRelease(context.Context) (string, error) {
	return "", errors.New("the release is not built yet")
}
