# slicecast_recon_core: what the backend needs of common/, the standard library only. In programs and
# tests of Slicecast the same code comes from slicecast_recon.
set(root ${CMAKE_CURRENT_LIST_DIR}/..)
file(GLOB core CONFIGURE_DEPENDS ${root}/common/base/*.cpp ${root}/common/geometry/*.cpp
     ${root}/common/recon/*.cpp ${root}/common/recon/reference/*.cpp)
# These need more: Highway, TBB, FFTW, or the backends that do.
list(FILTER core EXCLUDE REGEX
     "/common/recon/(backend|backend_[a-z_]*|fallback_[a-z_]*|safe_[a-z_]*|bench_[a-z]*|convert|axis_[a-z]*)\\.cpp$")
list(APPEND core ${root}/common/nn/msd/network.cpp)
add_library(slicecast_recon_core STATIC EXCLUDE_FROM_ALL ${core})
set_target_properties(slicecast_recon_core PROPERTIES CXX_VISIBILITY_PRESET hidden)
target_link_libraries(slicecast_recon_core PUBLIC slicecast_options)
include(${root}/cmake/backend_version.cmake)
slicecast_set_backend_version()
