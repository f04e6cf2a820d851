# Compiler options of every target of ours, as one interface library: cip_options.
option(CIP_TESTS "build the tests" ON)
option(CIP_SANITIZE "address and undefined behaviour sanitizers" OFF)
option(CIP_COVERAGE "coverage instrumentation" OFF)
option(CIP_FUZZ "libFuzzer targets; needs clang" OFF)

find_program(CIP_CCACHE ccache)
if(CIP_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CIP_CCACHE})
endif()

add_library(cip_options INTERFACE)
target_include_directories(cip_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(cip_options INTERFACE CIP_VERSION="${PROJECT_VERSION}")
target_compile_options(cip_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-align -Wunused -Wformat=2 -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 is wrong about std::string concatenation (GCC bug 105651) and about members of aggregates whose initialisers
  # may throw (GCC bug 80635), both with optimisation only. The sanitizers and clang-tidy look for the real thing.
  target_compile_options(cip_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  if(CMAKE_UNITY_BUILD)
    # It takes a file that is included for a header.
    target_compile_options(cip_options INTERFACE -Wno-subobject-linkage)
  endif()
elseif(CMAKE_UNITY_BUILD)
  # Clang takes what is local in one file for a name that the next one hides.
  target_compile_options(cip_options INTERFACE -Wno-shadow)
endif()
if(CIP_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(NOT CIP_FUZZ)
    # A null pointer ends the program anyway, and our processors read at any address; these two checks cost a third of
    # the build and a quarter of the tests' time. The fuzz targets have them.
    add_compile_options(-fno-sanitize=null,alignment)
  endif()
endif()
if(CIP_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# cip_library(NAME SOURCES... [LIBRARIES...]): one room.
function(cip_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC cip_options ${arg_LIBRARIES})
endfunction()

# cip_optimize(NAMES...): rooms that the tests run millions of times are worth the compiler's time in the development
# preset, too, which has no optimisation otherwise.
function(cip_optimize)
  if(CIP_SANITIZE)
    foreach(name ${ARGV})
      target_compile_options(${name} PRIVATE -O1)
    endforeach()
  endif()
endfunction()

# cip_program(NAME SOURCES... [LIBRARIES...]): one of the programs that users run; all land in bin/.
function(cip_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cip_options ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
