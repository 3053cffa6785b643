# How every library, program and test of the project is declared.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

add_library(slicecast_options INTERFACE)
target_include_directories(slicecast_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(slicecast_options INTERFACE -Wall -Wextra -Wshadow -Wno-missing-field-initializers)
# GCC 12 warns falsely about `"text" + std::string` (GCC bug 105651, fixed in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(slicecast_options INTERFACE -Wno-restrict)
endif()
# In a unity build several files are one: what one declares shadows nothing in the next.
if(CMAKE_UNITY_BUILD)
  target_compile_options(slicecast_options INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()
if(SLICECAST_WERROR)
  target_compile_options(slicecast_options INTERFACE -Werror)
endif()
if(SLICECAST_SANITIZE)
  target_compile_options(slicecast_options INTERFACE -fsanitize=${SLICECAST_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(slicecast_options INTERFACE -fsanitize=${SLICECAST_SANITIZE})
  # What ThreadSanitizer adds to the code makes GCC 12 warn falsely of std::variant and std::function.
  if(SLICECAST_SANITIZE MATCHES thread)
    target_compile_options(slicecast_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
target_link_libraries(slicecast_options INTERFACE Threads::Threads)

# Half of the time of a clean build went into the messages and what they include: the libraries that
# speak them share one precompiled header. Each file still names all it uses, which `./dev lint`,
# whose build precompiles nothing, holds it to.
set(SLICECAST_SHARED_HEADERS
  <algorithm> <array> <atomic> <chrono> <cmath> <cstdint> <filesystem> <functional> <map> <memory>
  <mutex> <numbers> <optional> <span> <string> <thread> <variant> <vector>
  <slicecast/v1/control.pb.h> <slicecast/v1/bulk.pb.h>)
function(slicecast_precompiled)
  if(SLICECAST_PRECOMPILED)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/shared_headers.cpp CONTENT "")
    add_library(slicecast_shared_headers STATIC ${CMAKE_CURRENT_BINARY_DIR}/shared_headers.cpp)
    target_link_libraries(slicecast_shared_headers PRIVATE slicecast_options slicecast_proto)
    target_precompile_headers(slicecast_shared_headers PRIVATE ${SLICECAST_SHARED_HEADERS})
  endif()
endfunction()
define_property(GLOBAL PROPERTY SLICECAST_WITH_MESSAGES BRIEF_DOCS "libraries that depend on the messages"
  FULL_DOCS "libraries that depend on the messages")
set_property(GLOBAL PROPERTY SLICECAST_WITH_MESSAGES slicecast_proto)

# slicecast_alone(SOURCE ...): of these, the kernels that Highway compiles once per instruction set, by
# including the file again; such a file cannot share a compilation with others.
function(slicecast_alone)
  foreach(source ${ARGN})
    file(STRINGS ${source} kernels REGEX "hwy/foreach_target.h" LIMIT_COUNT 1)
    if(kernels)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

# slicecast_library(NAME DEPENDS ...): every .cpp of this folder except main.cpp.
function(slicecast_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  if(NOT sources)  # headers only
    add_library(slicecast_${name} INTERFACE)
    target_link_libraries(slicecast_${name} INTERFACE slicecast_options ${ARG_DEPENDS})
    return()
  endif()
  add_library(slicecast_${name} STATIC ${sources})
  slicecast_alone(${sources})
  target_link_libraries(slicecast_${name} PUBLIC slicecast_options ${ARG_DEPENDS})
  get_property(with_messages GLOBAL PROPERTY SLICECAST_WITH_MESSAGES)
  foreach(dependency ${ARG_DEPENDS})
    if(dependency IN_LIST with_messages)
      set_property(GLOBAL APPEND PROPERTY SLICECAST_WITH_MESSAGES slicecast_${name})
      if(SLICECAST_PRECOMPILED)
        target_precompile_headers(slicecast_${name} REUSE_FROM slicecast_shared_headers)
        # GCC 12 takes what it finds in a precompiled header for ours and warns falsely of it.
        target_compile_options(slicecast_${name} PRIVATE -Wno-array-bounds -Wno-stringop-overflow
          -Wno-stringop-overread)
      endif()
      break()
    endif()
  endforeach()
endfunction()

# slicecast_program(NAME DEPENDS ...): main.cpp of this folder.
function(slicecast_program name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    return()
  endif()
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
endfunction()

# Tests of what meets peers, bytes, threads and processes carry the label `sanitize` and run under the
# sanitizers; all others (numbers, memory, overload, kill and restart) run in the release build.
set(SLICECAST_SANITIZED_TESTS wire ingest io config metrics service cli)
add_custom_target(tests_sanitize)
add_custom_target(tests_release)

# slicecast_test(NAME DEPENDS ... LABELS ...): every .cpp of this folder, one program, one ctest entry
# per Catch2 test case is not worth its start-up: the program runs whole.
function(slicecast_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE slicecast_catch ${ARG_DEPENDS})
  target_precompile_headers(test_${name} REUSE_FROM slicecast_catch)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(name IN_LIST SLICECAST_SANITIZED_TESTS)
    list(APPEND ARG_LABELS sanitize)
  endif()
  if("sanitize" IN_LIST ARG_LABELS)
    add_dependencies(tests_sanitize test_${name})
  else()
    add_dependencies(tests_release test_${name})
  endif()
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "SLICECAST_BIN=${CMAKE_BINARY_DIR}/bin")
endfunction()
