# plumbline_embed(TARGET NAME FILES…): makes NAME.h/.cc with `const EmbeddedFile NAME[]`, the files'
# names (last path part) and contents, and adds them to TARGET. Re-made when a file changes.
function(plumbline_embed target name)
  set(out ${CMAKE_BINARY_DIR}/embedded/${name})
  add_custom_command(
    OUTPUT ${out}.cc ${out}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${name} "-DFILES=${ARGN}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.cc ${out}.h)
endfunction()
