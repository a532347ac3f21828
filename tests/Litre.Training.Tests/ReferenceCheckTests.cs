using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;
using Litre.Verification;
using Shared;

namespace Litre.Training.Tests;

public sealed class ReferenceCheckTests
{
    /// <summary>Dense; experts; experts with dense layers among them, a tied head and other sizes; and text alone.</summary>
    public static TheoryData<string, DType, bool> Runs()
    {
        var runs = new TheoryData<string, DType, bool>();
        foreach (var name in (string[])["dense", "moe", "mixed", "text_qwen3"])
        {
            foreach (var dtype in (DType[])[DType.Float32, DType.BFloat16])
            {
                runs.Add(name, dtype, false);
                runs.Add(name, dtype, true);
            }
        }
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Run_Directory_AgreesWithTransformersAndPeft(string name, DType dtype, bool recompute)
    {
        var rows = new ReferenceCheck(
            Repository.Reference(name),
            Device.Cpu,
            dtype,
            recompute ? Recompute.All : Recompute.None,
            KernelOptions.Default
        ).Run();

        Assert.All(rows, row => Assert.True(row.Passed, row.ToString()));
        // A text model's directory has none of what images need, and no checkpoint that peft merged.
        var isText = name == "text_qwen3";
        string[] expected =
        [
            .. isText ? [] : (string[])["position ids", "vision outputs", "deepstack features", "merged by peft: logits"],
            "hidden states",
            "logits",
            "loss",
            "logits, all samples packed",
            "greedy tokens",
            "full gradients",
            "adapter: logits",
            "adapter: loss",
            "adapter: gradients",
            "training: losses",
            "training: gradient norms",
            "training: adapter weights",
            "merged here: logits",
        ];
        Assert.Superset(expected.ToHashSet(), rows.Select(r => r.Quantity).ToHashSet());

        Assert.Equal(name == "moe", rows.Any(r => r.Quantity == "hub layout: logits"));
    }

    [Fact]
    public void Run_Float32_LeavesNoTensorBehind()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        new ReferenceCheck(Repository.Reference("moe"), Device.Cpu, DType.Float32, Recompute.None, KernelOptions.Default).Run();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }
}
