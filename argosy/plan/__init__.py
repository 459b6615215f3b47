"""A KFP PipelineSpec read into a Plan: frozen dataclasses, checked, free of kfp and protobuf.

    plan = read_plan("pipeline.yaml")            # every unknown construct or broken wire is a PipelineError
    plan.dag.tasks["trainer"].parameters          # where each input comes from

`spec` holds the Plan's classes, `values` the parameter types, `condition` the parser of conditions, `resolve` the pure
functions that a runner calls while tasks end, `placeholders` what stands in commands and constants, `executor_input`
what a container is given. The embedded runner and the Argo compiler read the same Plan.
"""
