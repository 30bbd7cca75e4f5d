# plumbline_embed(TARGET NAME FILES…): makes NAME.h/.cc with `span<const EmbeddedFile> NAME()`, the
# files' names (paths from the root of the sources) and contents, a library of their own that TARGET
# links: what a generated file waits for is then the files, not every library below TARGET. Re-made
# when a file changes.
function(plumbline_embed target name)
  set(out ${CMAKE_BINARY_DIR}/embedded/${name})
  add_custom_command(
    OUTPUT ${out}.cc ${out}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${name} "-DFILES=${ARGN}" -DROOT=${CMAKE_SOURCE_DIR}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  add_library(${name} STATIC ${out}.cc ${out}.h)
  target_link_libraries(${name} PRIVATE flags)
  target_link_libraries(${target} PRIVATE ${name})
endfunction()
