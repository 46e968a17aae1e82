package roles

import (
	"fmt"
	"math"
	"time"

	"dcosup/inventory"
)

// packageSet is about what a node downloads from the bootstrap node, in bytes:
// DC/OS's packages, which are nearly all of its installer of 0.8 to 1.6 GB.
const packageSet = 3 * gb / 2

// DownloadTime is how long that may take. It is half of what an installation may:
// the other half is for unpacking, for setting up and for disks that are slow.
const DownloadTime = 15 * time.Minute

// IDBandwidth is the requirement that JudgeBandwidth and JudgeUplink judge.
const IDBandwidth = "bandwidth"

func bandwidthRequirement() Requirement {
	return Requirement{
		ID: IDBandwidth, Title: "The bootstrap node's data come fast enough", Severity: Warn,
		Why: "Every node downloads all of DC/OS's packages from the bootstrap node. Over a slow link that takes as long as an installation may, " +
			"and below 100 kB/s DC/OS's own download gives up and begins anew.",
		Probe: "with `check --network`: a short-lived socket of systemd on the bootstrap node, of which bash on the others reads for two seconds at most",
	}
}

// Download is what was got of the bootstrap node's data to measure a link: by one
// node, or by several at once. Without Bytes and Took it was not measured.
type Download struct {
	Bytes int64
	Took  time.Duration
}

// Rate is in bytes a second; 0 if it is not known.
func (d Download) Rate() int64 {
	if d.Took <= 0 {
		return 0
	}
	return int64(float64(d.Bytes) / d.Took.Seconds())
}

// JudgeBandwidth judges what a node got by itself, of a bootstrap node that was seen
// to send so much.
func JudgeBandwidth(role inventory.Role, policy Policy, got Download, u Uplink) Finding {
	wanted := Spec{Role: role, Policy: policy}.limits().Bandwidth
	v := Verdict{OK: got.Rate() >= wanted, Found: rate(got.Rate()), Need: "at least " + rate(wanted)}
	if wanted == DefaultLimits(role).Bandwidth {
		v.Need += fmt.Sprintf(": about %s in %.0f minutes", size(packageSet), DownloadTime.Minutes())
	}
	switch {
	case got.Rate() == 0:
		v.Unknown, v.Found = true, notMeasured
		v.Hint = "see whether the node reaches the bootstrap node (the requirement " + IDNetwork + "), and the notes of the run"
	case !v.OK && u.Takers > 0 && u.strained() && got.Rate() >= u.All.Rate()/2: // nobody measures the same twice
		v.OK = true
		v.Found += ", which is all that the bootstrap node sends"
	case !v.OK:
		v.Found += fmt.Sprintf(", at which about %s take %s", size(packageSet), lasting(packageSet, got.Rate()))
		v.Hint = "look at what is slow between the node and the bootstrap node: a link's speed and duplex (ethtool), a VPN, a firewall's or a cloud's limits"
	}
	v.Measured = bytesPerSecond(got.Rate())
	return policy.Apply(bandwidthRequirement().finding(v))
}

const notMeasured = "it could not be measured"

// Uplink is what the bootstrap node was seen to send.
type Uplink struct {
	Best Download // the most that one node got by itself

	// What some got at once, where that was tried.
	Takers int      // how many got some
	All    Download // what they got together
	Alone  int64    // the sum of the rates at which each of them got it by itself
}

// strained tells whether the nodes took less together than each by itself: then it
// is the bootstrap node that had no more, and not they.
func (u Uplink) strained() bool { return u.All.Rate() < u.Alone/4*3 }

// UplinkWanted is what the bootstrap node needs to send in a second, where so many
// nodes install at once.
func UplinkWanted(policy Policy, atOnce int) int64 {
	return Spec{Role: inventory.RoleBootstrap, Policy: policy}.limits().Bandwidth * int64(atOnce)
}

// JudgeUplink judges the bootstrap node by what the others got, where so many of
// them install at once.
func JudgeUplink(policy Policy, atOnce int, u Uplink) Finding {
	wanted := UplinkWanted(policy, atOnce)
	v := Verdict{Found: rate(u.Best.Rate()) + " to one node", Need: "at least " + rate(wanted), Hint: "see the notes of the run, and what the other nodes get"}
	if atOnce > 1 {
		v.Need += fmt.Sprintf(": %s for each of %d nodes that install at once", rate(wanted/int64(atOnce)), atOnce)
	}
	most := u.Best.Rate()
	if u.Takers > 0 {
		most = max(most, u.All.Rate())
		v.Found = fmt.Sprintf("%s to %d nodes at once", rate(u.All.Rate()), u.Takers)
	}
	switch {
	case most >= wanted:
		v.OK = true
	case most == 0:
		v.Unknown, v.Found = true, notMeasured
	case u.Takers > 0 && u.Takers >= atOnce && !u.strained():
		v.OK = true
		v.Found += ", which is all that they can take"
	case atOnce > 1 && !(u.Takers > 0 && u.strained()):
		v.Unknown = true
		v.Found += "; whether it has more could not be measured"
	default:
		v.Found += fmt.Sprintf(", at which about %s for each take %s", size(packageSet), lasting(packageSet*int64(atOnce), most))
		v.Hint = "give the bootstrap node a faster link, or install fewer nodes at once: dcosup apply -l with a part of the agents at a time"
	}
	v.Measured = bytesPerSecond(most)
	return policy.Apply(bandwidthRequirement().finding(v))
}

func bytesPerSecond(rate int64) Measure {
	if rate == 0 {
		return Measure{}
	}
	return Measure{Value: float64(rate), Unit: "bytes/s"}
}

// rate shows bytes a second with two digits: nobody measures the same twice.
func rate(bytes int64) string {
	value, unit := float64(bytes)/1000, "kB/s"
	for _, larger := range []string{"MB/s", "GB/s"} {
		if value >= 1000 {
			value, unit = value/1000, larger
		}
	}
	switch {
	case value >= 100:
		return fmt.Sprintf("%.0f %s", math.Round(value/10)*10, unit)
	case value >= 10:
		return fmt.Sprintf("%.0f %s", value, unit)
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}

// lasting is how long so many bytes take.
func lasting(bytes, perSecond int64) string {
	minutes := math.Ceil(float64(bytes) / float64(perSecond) / 60)
	switch {
	case minutes == 1:
		return "a minute"
	case minutes < 120:
		return fmt.Sprintf("%.0f minutes", minutes)
	}
	return fmt.Sprintf("%.0f hours", minutes/60)
}
