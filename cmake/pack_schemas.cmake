# plumbline_pack_schemas(TARGET FILES…): parses the schema files when the program is built and adds
# their trees to TARGET. The packer is made of the very parser that reads manifests.
function(plumbline_pack_schemas target)
  set(config ${CMAKE_SOURCE_DIR}/controller/config)
  add_executable(pack_schemas ${CMAKE_SOURCE_DIR}/cmake/pack_schemas.cc ${config}/packed.cc
    ${config}/node.cc ${config}/yaml.cc ${config}/yaml_text.cc ${config}/yaml_explain.cc
    ${config}/yaml_edit.cc ${config}/yaml_write.cc ${config}/manifest_findings.cc)
  target_link_libraries(pack_schemas PRIVATE base yaml-cpp)
  set(out ${CMAKE_BINARY_DIR}/embedded/packed_schemas.cc)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/embedded)
  add_custom_command(
    OUTPUT ${out}
    COMMAND pack_schemas ${out} ${ARGN}
    DEPENDS pack_schemas ${ARGN}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
