// The model of everything.cip, which has all that the language can say, put together by hand: what is tested here is
// what becomes of a model, whatever makes it.
#pragma once

#include <memory>
#include <string>

#include "compiler/lang/model.h"
#include "compiler/syntax/source.h"

namespace cip::test {

struct Everything {
  Everything();
  syntax::Sources sources;
  lang::Cluster cluster;

  // Where `text` stands, from the place that the last search found on.
  lang::Origin at(const std::string& text);
  lang::Clim& add_clim(const std::string& name);
  lang::Interface& add(lang::Clim& clim, InterfaceKind kind, const std::string& name);

 private:
  void fill_n1();
  void fill_n2();
  void fill_ipsec();
  // An interface's `address`, which stands behind the last place.
  void address(lang::Interface& interface, const std::string& text);
  void tunnel(lang::Clim& clim, const std::string& name, const std::string& local, const std::string& remote);
  void bond(lang::Clim& clim);
  void slave(lang::Clim& clim);

  template <class T>
  lang::Sourced<T> value(const std::string& text, T parsed) {
    return {std::move(parsed), at(text)};
  }

  std::size_t last_ = 0;
};

}  // namespace cip::test
