package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseSize reads a number of bytes, plain or with KB, MB or GB (powers of 1000).
func parseSize(s string) (int64, error) {
	digits, factor := strings.ToUpper(s), int64(1)
	for unit, f := range map[string]int64{"KB": 1e3, "MB": 1e6, "GB": 1e9} {
		if number, ok := strings.CutSuffix(digits, unit); ok {
			digits, factor = number, f
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("%q is no size: say it as 50MB, 300KB or 1GB", s)
	}
	return n * factor, nil
}
