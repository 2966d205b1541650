// Package ui writes the answers of the API as pages for people: one HTML document
// each, with its style sheet inside and nothing loaded from elsewhere, so that a
// saved page says the same as the page did. No page needs a script to be read. Two
// have one, which checks their proof in the browser and believes nothing that the
// service sends: script/proof.js over script/verify.js. The content security policy
// of those pages allows scripts of this service; that of the others allows none.
//
// Pages are made from html/template, so what a signer wrote is text wherever it
// appears. They show what the API says and judge nothing.
package ui
