// What the commands of climconfig say: between its two files, the reader and the objects that it knows.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/import/climconfig_command.h"
#include "compiler/import/import.h"
#include "compiler/import/settle.h"

namespace cip::importing {

// What is only understood when all lines are read.
struct ClimconfigReading {
  const Options& options;
  Specification specification{};
  Warnings warnings{};

  struct Failover {
    InterfaceRef home;
    InterfaceRef target;
    Place place;
  };
  struct BondMode {  // of all bonds of a CLIM
    ClimName clim;
    std::vector<std::string> statements;
    Place place;
  };
  struct Slave {
    InterfaceRef slave;
    InterfaceName bond;
  };
  std::vector<Failover> failovers{};
  std::vector<BondMode> modes{};
  std::vector<Slave> slaves{};
  std::map<ClimName, IpAddress> maintenance_addresses{};  // the first of each CLIM
  std::set<ProviderName> providers{};                     // declared
};

// An object of climconfig. `read` puts what the command says into the reading; what is wrong with it, empty if nothing.
struct ClimconfigObject {
  std::string_view name;
  Topic topic;  // of what is said about it
  std::string (*read)(ClimconfigReading& reading, Clim& clim, Command& command);
};

// Nothing if there is no equivalent.
const ClimconfigObject* find_object(std::string_view name);

}  // namespace cip::importing
