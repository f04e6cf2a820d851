# Debian packages, by `cmake --build build/release --target package`: `cip` for CLIMs, `cip-compiler` for where
# specifications are written and checked. Each is a component of the same name.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL cip cip-compiler)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)

set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # the first line of each description is its summary
set(CPACK_PACKAGE_CONTACT "CIP maintainers <cip@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_CIP_PACKAGE_NAME cip)
set(CPACK_DEBIAN_CIP_DESCRIPTION "network of a cluster whose machines back each other up
cipd keeps the addresses, routes and neighbour entries of a CLIM as a state
tree says, repairs what drifts, and takes over those of the partner when a
cable, a port or the whole machine fails. cipctl shows and directs it.
.
State trees are made by cipc of the package cip-compiler, on any machine.")
# systemd-sysusers makes user and group of the daemon when the package is configured.
set(CPACK_DEBIAN_CIP_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_CIP_PACKAGE_RECOMMENDS iproute2)
set(CPACK_DEBIAN_CIP_PACKAGE_SUGGESTS "cip-compiler, charon-systemd")  # IPsec
set(scripts ${CMAKE_SOURCE_DIR}/packaging/debian/cip)
set(CPACK_DEBIAN_CIP_PACKAGE_CONTROL_EXTRA
  ${scripts}/conffiles ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm)

set(CPACK_DEBIAN_CIP-COMPILER_PACKAGE_NAME cip-compiler)
set(CPACK_DEBIAN_CIP-COMPILER_DESCRIPTION "compiler of network specifications for CIP
cipc checks specifications of clusters of CLIMs, all machines together, says
what a change does to traffic and where everything is after failures, and
writes the state tree that cipd of the package cip takes. It needs no
privileges and no network. With its standard library, JSON schemas, files for
editors, and examples.")
set(CPACK_DEBIAN_CIP-COMPILER_PACKAGE_RECOMMENDS git)  # cipc diff git:REV:PATH
set(CPACK_DEBIAN_CIP-COMPILER_PACKAGE_SUGGESTS graphviz)

include(CPack)
