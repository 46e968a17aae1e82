package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"dcosup/testing/lab/release"
)

// buildRelease makes the stand-in release unless it is up to date, and returns
// its SHA-256 in hex.
func (l *Lab) buildRelease(ctx context.Context) (string, error) {
	if err := os.MkdirAll(filepath.Dir(l.ReleasePath()), 0o700); err != nil {
		return "", fmt.Errorf("making the release's directory: %w", err)
	}
	built, err := release.Build(ctx, release.Options{
		Out:          l.ReleasePath(),
		Version:      releaseVersion,
		PayloadBytes: l.opts.ReleaseBytes,
		Log:          l.opts.Log,
	})
	if err != nil {
		return "", fmt.Errorf("building the stand-in release: %w", err)
	}
	return built.SHA256, nil
}
