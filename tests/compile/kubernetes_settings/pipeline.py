"""Resources, retries, a timeout, a GPU, secrets, volumes and the rest of a pod, set on our steps from outside."""

from kfp import dsl, kubernetes

from argosy.components import example_gen, statistics_gen, trainer


@dsl.pipeline(name="kubernetes-settings")
def kubernetes_settings(memory: str = "8Gi") -> None:
    claim = kubernetes.CreatePVC(
        pvc_name_suffix="-scratch", access_modes=["ReadWriteOnce"], size="5Gi", storage_class_name="standard"
    )
    source = example_gen(input_base="/mnt/data/flights").set_display_name("read")
    kubernetes.mount_pvc(source, pvc_name="flights", mount_path="/mnt/data")
    kubernetes.use_secret_as_env(source, secret_name="store", secret_key_to_env={"key": "AWS_SECRET_ACCESS_KEY"})
    kubernetes.use_config_map_as_env(source, config_map_name="store", config_map_key_to_env={"region": "AWS_REGION"})
    kubernetes.use_secret_as_volume(source, secret_name="ca", mount_path="/etc/ca")
    kubernetes.use_config_map_as_volume(source, config_map_name="beam", mount_path="/etc/beam")
    kubernetes.use_field_path_as_env(source, env_name="NODE", field_path="spec.nodeName")
    source.set_env_variable("AWS_ENDPOINT_URL", "http://store:9000")

    statistics = statistics_gen(examples=source.outputs["examples"])
    statistics.set_cpu_request("500m").set_cpu_limit("2").set_memory_request("1G").set_memory_limit(memory)
    statistics.set_retry(num_retries=3, backoff_duration="10s", backoff_factor=2.0, backoff_max_duration="120s")
    kubernetes.set_timeout(statistics, seconds=1800)
    kubernetes.mount_pvc(statistics, pvc_name=claim.outputs["name"], mount_path="/scratch")
    kubernetes.add_pod_label(statistics, label_key="team", label_value="data")
    kubernetes.add_pod_annotation(statistics, annotation_key="sidecar.istio.io/inject", annotation_value="false")
    kubernetes.empty_dir_mount(statistics, volume_name="tmp", mount_path="/tmp/beam", size_limit="2Gi")

    model = trainer(examples=source.outputs["examples"], module_file="flights.model")
    model.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1).set_memory_limit("16G").set_caching_options(
        False
    )
    kubernetes.add_node_selector(model, label_key="accelerator", label_value="a100")
    kubernetes.add_toleration(model, key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")
    kubernetes.set_image_pull_secrets(model, ["registry"])
    kubernetes.set_image_pull_policy(model, "IfNotPresent")
    kubernetes.add_ephemeral_volume(
        model, volume_name="cache", mount_path="/cache", access_modes=["ReadWriteOnce"], size="50Gi"
    )
    kubernetes.DeletePVC(pvc_name=claim.outputs["name"]).after(statistics)
