package dcos

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// The most that is read of an answer. An agent takes a few kilobytes of mesos's list, and mesos clusters end at some
// ten thousand agents.
const (
	smallBody = 1 << 20
	largeBody = 128 << 20
)

// StatusError is an HTTP answer that is not the one hoped for.
type StatusError struct {
	URL      string
	Code     int    // HTTP status
	Location string // where a redirect leads
	Text     string // the body's first line, shortened
}

func (e *StatusError) Error() string {
	switch {
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden:
		return fmt.Sprintf("%s: %d, needs a login (oauth_enabled or security is on)", e.URL, e.Code)
	case e.Location != "":
		return fmt.Sprintf("%s: %d, leads to %s", e.URL, e.Code, e.Location)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s: %d %s: %s", e.URL, e.Code, http.StatusText(e.Code), e.Text), ": ")
}

// guarded says that an error shows a service that is there but talks only to those with a login or over TLS.
func guarded(err error) bool {
	var status *StatusError
	if !errors.As(err, &status) {
		return false
	}
	return status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden || strings.HasPrefix(status.Location, "https:")
}

// describe is an error as a check's detail: the cause without the layers that every detail would have.
func describe(err error) string {
	var status *StatusError
	var network *url.Error
	var channel *ssh.OpenChannelError // sshd's answer where the service does not listen
	switch {
	case errors.As(err, &status) && status.Location == "" && !guarded(err):
		return strings.TrimSuffix(fmt.Sprintf("%d %s: %s", status.Code, http.StatusText(status.Code), status.Text), ": ")
	case errors.Is(err, context.Canceled):
		return "not asked: the run was stopped"
	case errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &channel) && channel.Reason == ssh.ConnectionFailed:
		return "refused" + at(err)
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time" + at(err)
	case errors.As(err, &network):
		return network.Err.Error()
	}
	return err.Error()
}

// at names the port of a request that failed.
func at(err error) string {
	var network *url.Error
	if !errors.As(err, &network) {
		return ""
	}
	u, perr := url.Parse(network.URL)
	if perr != nil {
		return ""
	}
	return " on port " + cmp.Or(u.Port(), "80")
}

// session is the HTTP side of a few requests to one node.
type session struct {
	http    *http.Client
	address string
	timeout time.Duration
}

func (c *Client) session() *session {
	dial := c.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &session{
		http: &http.Client{
			// A connection is one channel in the SSH connection: cheap to open, and nothing is left of it afterwards.
			Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
			// A redirect is an answer: mesos points to its leader by it, admin router to TLS.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		address: cmp.Or(c.Address, "127.0.0.1"),
		timeout: cmp.Or(c.Timeout, DefaultTimeout),
	}
}

func (s *session) url(port int, path string) string {
	return "http://" + net.JoinHostPort(s.address, strconv.Itoa(port)) + path
}

// get returns the body of a 200 answer, or an error: a *StatusError for any other answer.
func (s *session) get(ctx context.Context, url string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json, */*;q=0.5")
	resp, err := s.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, statusError(url, resp, body)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", url, err)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("%s: the answer has more than %d bytes", url, limit)
	}
	return body, nil
}

func statusError(url string, resp *http.Response, body []byte) *StatusError {
	e := &StatusError{URL: url, Code: resp.StatusCode}
	if to, err := resp.Location(); err == nil {
		e.Location = to.String()
	}
	first, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	if text := []rune(string(first)); len(text) <= 120 && !bytes.HasPrefix(first, []byte("<")) {
		e.Text = string(text)
	}
	return e
}

func (s *session) json(ctx context.Context, url string, limit int64, into any) error {
	body, err := s.get(ctx, url, limit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: not the JSON that was expected: %w", url, err)
	}
	return nil
}
