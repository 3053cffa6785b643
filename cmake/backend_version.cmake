# What a program and a backend's module must have in common: the headers that
# common/recon/backend_module.h and common/nn/msd/card_network.h include, directly or not. Their digest is the module's version, so
# that a module of other sources is refused, and nobody has to think of raising a number.

# slicecast_backend_digest(ROOT HEADERS DIGEST): sets both variables.
function(slicecast_backend_digest root headers digest)
  set(found common/recon/backend_module.h common/nn/msd/card_network.h)
  set(open ${found})
  while(open)
    list(POP_FRONT open header)
    file(STRINGS ${root}/${header} lines REGEX "^#include \"")
    foreach(line ${lines})
      string(REGEX REPLACE "^#include \"(.*)\".*" "\\1" included ${line})
      if(NOT included IN_LIST found)
        list(APPEND found ${included})
        list(APPEND open ${included})
      endif()
    endforeach()
  endwhile()
  list(SORT found)
  set(all "")
  foreach(header ${found})
    file(SHA256 ${root}/${header} one)
    string(APPEND all "${header} ${one}\n")
  endforeach()
  string(SHA256 all "${all}")
  string(SUBSTRING ${all} 0 16 all)
  set(${headers} ${found} PARENT_SCOPE)
  set(${digest} ${all} PARENT_SCOPE)
endfunction()

# For the CMakeLists.txt that compiles common/recon/module_version.cpp.
function(slicecast_set_backend_version)
  set(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
  slicecast_backend_digest(${root} headers digest)
  list(TRANSFORM headers PREPEND ${root}/)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
  set_source_files_properties(${root}/common/recon/module_version.cpp
    PROPERTIES COMPILE_DEFINITIONS "SLICECAST_BACKEND_DIGEST=\"${digest}\"")
endfunction()
