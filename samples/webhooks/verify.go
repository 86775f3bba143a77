// Verify a webhook of SpecStep. Go 1.20 or newer, standard library only.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const tolerance = 5 * 60 // seconds

// Verify is true if body (as it came in) was sent by SpecStep within the last minutes. Header names in lower case.
func Verify(secret string, headers map[string]string, body []byte, now int64) bool {
	timestamp, err := strconv.ParseInt(headers["webhook-timestamp"], 10, 64)
	if err != nil || headers["webhook-id"] == "" || now-timestamp > tolerance || timestamp-now > tolerance {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", headers["webhook-id"], timestamp)
	mac.Write(body)
	right := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, signature := range strings.Split(headers["webhook-signature"], " ") {
		if hmac.Equal(right, []byte(signature)) {
			return true
		}
	}
	return false
}

type vector struct {
	About, Secret, Body string
	Headers             map[string]string
	Now                 int64
	Valid               bool
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "Name a file of test vectors.")
		os.Exit(2)
	}
	data, err := os.ReadFile(os.Args[1])
	var vectors []vector
	if err == nil {
		err = json.Unmarshal(data, &vectors)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, one := range vectors {
		if Verify(one.Secret, one.Headers, []byte(one.Body), one.Now) != one.Valid {
			fmt.Fprintln(os.Stderr, "wrong:", one.About)
			os.Exit(1)
		}
	}
	fmt.Printf("%d vectors are right\n", len(vectors))
}
