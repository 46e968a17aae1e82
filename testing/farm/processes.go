package farm

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What Linux tells of processes.

// tick is the unit of times in /proc, the same on every Linux: USER_HZ is 100.
const tick = 10 * time.Millisecond

// childrenOf are the processes that one has started and that are still there; none if it is gone.
func childrenOf(pid int) []int {
	var all []int
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file) // a thread that has ended meanwhile has none
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

// below are all processes below one.
func below(pid int) []int {
	all := childrenOf(pid)
	for i := 0; i < len(all); i++ {
		all = append(all, childrenOf(all[i])...)
	}
	return all
}

// usedBy is the processor time of a process and of its children that have ended.
func usedBy(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseUsed(stat)
}

// parseUsed adds utime, stime, cutime and cstime, the 14th to 17th words of proc(5)'s stat. The second one is a name in
// parentheses, in which anything may stand.
func parseUsed(stat []byte) (time.Duration, error) {
	_, rest, _ := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(" "))
	words := strings.Fields(string(rest))
	if len(words) < 15 {
		return 0, fmt.Errorf("no times in %q", stat)
	}
	var ticks int64
	for _, word := range words[11:15] {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("no times in %q", stat)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

// memoryOf is a process's share of memory, in bytes: what it shares with others is divided among them. 0 if it is gone.
func memoryOf(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kB, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kB << 10
		}
	}
	return 0
}
