// Statements at the top of a file.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/lang/readers.h"

namespace cip::lang {

using diagnostics::Code;

namespace {

// Reports that `name` is declared at `span` although it is at `earlier`.
void report_twice(Reading& reading, const std::string& what, const syntax::Span& span, const syntax::Span& earlier) {
  reading.findings.add({Code::e0004,
                        what + " is declared twice",
                        {span, "declared again here"},
                        {{earlier, "first declared here"}},
                        {},
                        {},
                        {}});
}

void add_failover(Building& building, const Sourced<InterfaceRef>& home, const Sourced<InterfaceRef>& target,
                  bool both_ways) {
  Origin origin = target.origin;
  origin.rank = building.reading.rank++;
  building.cluster.failovers.push_back({home.value, target.value, origin, home.origin, both_ways});
}

// Whether it is `http://HOST[:PORT]`, or https, as etcd's clients take it: no path, and nobody's password.
bool is_client_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos || (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https")) {
    return false;
  }
  std::string_view host = url.substr(scheme + 3);
  if (host.ends_with('/')) {
    host.remove_suffix(1);
  }
  std::string_view port;
  if (const auto colon = host.rfind(':'); colon != std::string_view::npos && host.find(']', colon) == host.npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos ||
        std::stoul(std::string(port)) == 0 || std::stoul(std::string(port)) > 65535) {
      return false;
    }
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    return address && address->family() == Family::ipv6;
  }
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  return !host.empty() && host.find_first_not_of(letters) == host.npos;
}

}  // namespace

void read_edition(Block& block, Arguments& arguments) {
  if (&arguments.statement() != block.first) {
    arguments.error(Code::e0002, "`edition` must be the first statement of its file", arguments.statement().head,
                    "not known here");
    arguments.skip_all();
    return;
  }
  arguments.integer("an edition", 1, 1);
}

void read_import(Block& block, Arguments& arguments) {
  // load.cpp follows those at the top of a file, and no others.
  const syntax::Statement& own = arguments.statement();
  if (!block.building.reading.at_top()) {
    arguments.error(Code::e0002, "`import` cannot stand in a loop, a condition or a template", own.head,
                    "not known here", "imports are at the top level of a file");
    arguments.skip_all();
    return;
  }
  if (arguments.string("the path of a file as a string") && arguments.take_word("as")) {
    arguments.name("a name");
  }
}

void read_cluster(Block& block, Arguments& arguments) {
  Building& building = block.building;
  const auto name = arguments.name("the name of the cluster");
  const auto& statement = arguments.statement();
  const syntax::Span span = name ? name->origin.span : statement.word_span;
  Building scratch{building.reading};
  const bool first = !building.cluster_span;
  if (first) {
    building.cluster_span = span;
    building.cluster.name = ClusterName(name ? name->value : "");
  } else {
    report_twice(building.reading, "the cluster", span, *building.cluster_span);
  }
  Block inner{Place::cluster, first ? building : scratch};
  read_block(statement.block, inner);
  finish_times(inner);
}

void read_etcd(Block& block, Arguments& arguments) {
  do {
    const auto url = arguments.string("the URL of an etcd member as a string");
    if (!url) {
      return;
    }
    auto& urls = block.building.cluster.etcd;
    const auto same =
        std::find_if(urls.begin(), urls.end(), [&](const auto& entry) { return entry.value == url->value; });
    if (!is_client_url(url->value)) {
      arguments.error(Code::e0007, "this is not the client URL of an etcd member", url->origin.span, "",
                      "write it as `\"https://HOST:2379\"`");
    } else if (same != urls.end()) {
      report_twice(block.building.reading, "etcd member " + url->value, url->origin.span, same->origin.span);
    } else {
      urls.push_back(*url);
    }
  } while (arguments.take_punctuation(","));
}

void read_provider(Block& block, Arguments& arguments) {
  Cluster& cluster = block.building.cluster;
  const auto name = arguments.name("the name of a provider");
  Provider provider;
  if (name) {
    provider.name = ProviderName(name->value);
    provider.origin = name->origin;
  }
  Block inner{Place::provider, block.building};
  inner.provider = &provider;
  read_block(arguments.statement().block, inner);
  if (arguments.statement().block_broken) {
    forget(inner, Fact::all);
  }
  if (!name) {
    return;
  }
  const auto [entry, fresh] = cluster.provider_by_name.emplace(provider.name, cluster.providers.size());
  if (fresh) {
    cluster.providers.push_back(std::move(provider));
    return;
  }
  Provider& earlier = cluster.providers[entry->second];
  earlier.lans_unknown = true;
  report_twice(block.building.reading, "provider " + name->value, name->origin.span, earlier.origin.span);
}

void read_lans(Block& block, Arguments& arguments) {
  do {
    const auto name = arguments.name("the name of a LAN");
    if (!name) {
      return;
    }
    auto& lans = block.provider->lans;
    const LanName lan(name->value);
    const auto [entry, fresh] = block.provider->lan_by_name.emplace(lan, lans.size());
    if (fresh) {
      lans.push_back({lan, name->origin});
    } else {
      report_twice(block.building.reading, "LAN " + name->value, name->origin.span, lans[entry->second].origin.span);
    }
  } while (arguments.take_punctuation(","));
}

void read_failover_pair(Block& block, Arguments& arguments) {
  const auto first = arguments.interface("an interface such as n1.eth1");
  if (!first) {
    return;
  }
  const bool both_ways = arguments.take_punctuation("<->");
  if (!both_ways && !arguments.take_punctuation("->")) {
    arguments.missing("`->` or `<->` and a failover interface");
    return;
  }
  const auto second = arguments.interface("an interface such as n1.eth1");
  if (!second) {
    return;
  }
  add_failover(block.building, *first, *second, both_ways);
  if (both_ways) {
    add_failover(block.building, *second, *first, both_ways);
  }
}

}  // namespace cip::lang
