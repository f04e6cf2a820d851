// ipsec/swanctl.conf of a CLIM: its `ipsec` statements for strongSwan 5.9, as swanctl.conf(5) has them.
//
// A connection's text depends on nothing but its statement, so it is the same on every CLIM that has it (P8).
//
// No secret is in it (E0402), only the file that has one on the CLIM. swanctl itself takes a pre-shared key from no
// other file, and private keys from its own directory alone, so whoever loads the text adds them: docs/operations.md,
// IPsec. The references are sections that swanctl skips:
//
//   secrets {
//     ike-NAME { file = PATH, id-local = ..., id-remote = ... }    of `auth psk`; the key is the file's content
//     private-NAME { file = PATH }                                 of `auth cert`
//   }
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/lang/model.h"

namespace cip::output {

// Sorted by name, whatever the order of `connections`. Names differ; `local`, `remote`, `auth` and at least one
// protection are there; no certificate's path has a comma, which separates paths in swanctl.conf.
std::string swanctl_conf(std::vector<const lang::Ipsec*> connections);

// A connection's name as the name of a section: letters, digits, `_` and `-` as they are, every other byte as `+` and
// two hex digits. (A dot in it would begin a section for swanctl.)
std::string section_name(std::string_view name);

// The name of the section of its n-th protection, from 1: "partner-1".
std::string child_name(std::string_view name, std::size_t number);

}  // namespace cip::output
