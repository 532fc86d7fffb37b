# Linear regression with PyTorch over several hosts: gradients are averaged by DistributedDataParallel over gloo.
import json
import os
import time

import torch
import torch.distributed as dist

base = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
steps = int(os.environ["SM_HP_STEPS"])
batch = int(os.environ["SM_HP_BATCH"])
pause = float(os.environ.get("SM_HP_PAUSE", "0"))
dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
parallel = torch.nn.parallel.DistributedDataParallel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
checkpoint = os.path.join(base, "checkpoints", "state.pt")
first = 0
if os.path.exists(checkpoint):
    state = torch.load(checkpoint)
    first = state["step"]
    model.load_state_dict(state["model"])
    print(f"resumed at step {first}", flush=True)
for step in range(first, steps):
    torch.manual_seed(step)
    everything = torch.randn(batch * world, 5)
    x = everything[rank * batch : (rank + 1) * batch]
    loss = ((parallel(x) - x.sum(1, keepdim=True)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"step {step}", flush=True)
    if rank == 0:
        os.makedirs(os.path.dirname(checkpoint), exist_ok=True)
        torch.save({"step": step + 1, "model": model.state_dict()}, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    time.sleep(pause / 1000)
if rank == 0:
    values = {name: tensor.flatten().tolist() for name, tensor in model.state_dict().items()}
    with open(os.path.join(base, "model", "weights.json"), "w") as file:
        json.dump(values, file)
    print("weights " + json.dumps([value for tensor in values.values() for value in tensor]), flush=True)
dist.destroy_process_group()
