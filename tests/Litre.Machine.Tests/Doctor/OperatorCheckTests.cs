using System.Reflection;
using Litre.Kernels;
using Litre.Machine.Doctor;
using Litre.Torch;

namespace Litre.Machine.Tests.Doctor;

public sealed class OperatorCheckTests
{
    private static readonly CudaDeviceInfo Gb10 = new(0, "NVIDIA GB10", 12, 1, 48, 128L << 30, IsIntegrated: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_Cpu_EveryOperatorAgrees(int seed)
    {
        var rows = OperatorCheck.Run(Device.Cpu, seed, KernelOptions.Default);
        Assert.All(rows, row => Assert.True(row.Ok, row.ToString()));
        Assert.All(OperatorCheck.Findings(rows), finding => Assert.Equal(FindingLevel.Ok, finding.Level));
        foreach (var dtype in (DType[])[DType.BFloat16, DType.Float32, DType.Float16, DType.Int64])
            Assert.Contains(rows, row => row.DType == dtype);
    }

    // A wrapper that nobody put into the table would never be looked at.
    [Fact]
    public void Cases_OfBothDevices_CoverEveryWrapper()
    {
        var wrappers = ((Type[])[typeof(Ops), typeof(KernelOps)])
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(m => !m.IsSpecialName && m.ReturnType != typeof(bool))
            .Select(m => m.Name)
            .Distinct();
        Assert.Empty(wrappers.Except(OperatorCases.For(Gb10).SelectMany(c => c.Covers)));
    }

    [Fact]
    public void Run_Cpu_FusedKernelsOfCudaAreNotTaken()
    {
        var rows = OperatorCheck.Run(Device.Cpu, 1, KernelOptions.Default);
        Assert.DoesNotContain(rows, row => row.Operator == "page-locked copies");
        Assert.All(
            rows.Where(row => row.Family == OperatorCases.GroupedFamily),
            row => Assert.Equal(new OperatorPath("one product per expert", IsFallback: true), row.Path)
        );
    }

    [Theory]
    [InlineData(9, 0, true)]
    [InlineData(10, 3, true)]
    [InlineData(12, 1, false)]
    [InlineData(8, 9, false)]
    public void GroupedPath_NoKernel_IsWhatADeviceLacksOutside9And10(int major, int minor, bool grouped)
    {
        var gpu = Gb10 with { ComputeMajor = major, ComputeMinor = minor };
        Assert.Equal(grouped, gpu.HasGroupedProducts);
        Assert.True(gpu.MultipliesBFloat16);
        Assert.False((gpu with { ComputeMajor = 7 }).MultipliesBFloat16);
        foreach (var kernel in (GroupedKernel[])[GroupedKernel.Libtorch, GroupedKernel.Own])
            Assert.False(OperatorCases.GroupedPath(kernel, gpu).IsFallback);
        // Widths that no kernel takes, or kernels that are off.
        var path = OperatorCases.GroupedPath(GroupedKernel.None, gpu);
        Assert.True(path.IsFallback);
        Assert.Equal(!grouped, path.IsDeviceLimit);
    }

    [Fact]
    public void Findings_GroupedLoopOfAGb10_IsANoteThatNamesTheCapability()
    {
        var row = new OperatorRow(
            OperatorCases.GroupedFamily,
            "grouped mm",
            DType.BFloat16,
            OperatorCases.GroupedPath(GroupedKernel.None, Gb10),
            1e-3,
            2e-2
        );
        var finding = Assert.Single(OperatorCheck.Findings([row]));
        Assert.Equal(FindingLevel.Note, finding.Level);
        Assert.Contains("fallback: one product per expert, libtorch has no grouped kernel for compute 12.1", finding.Evidence);
        Assert.NotNull(finding.Advice);
        Assert.Equal(
            FindingLevel.Ok,
            Assert.Single(OperatorCheck.Findings([row with { Path = OperatorCases.GroupedPath(GroupedKernel.Own, Gb10) }])).Level
        );
    }

    public static TheoryData<string, string> Wrong =>
        new()
        {
            { "a NaN", "differs by" },
            { "another number", "differs by 1.0e-01, 1e-05 allowed" },
            { "another shape", "expected" },
            { "nothing", "nothing was compared" },
            { "a throw", "no such thing" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Run_WrongResult_IsAFindingAndTheNextOperatorRuns(string what, string said)
    {
        OperatorCase[] cases =
        [
            new(
                "things",
                "wrong",
                [],
                run =>
                {
                    var x = run.Normal(3, 5);
                    if (what == "a NaN")
                        run.Compare(Ops.Mul(x.Actual, double.NaN), x.Exact);
                    if (what == "another number")
                        run.Compare(Ops.Mul(x.Actual, 1.1), x.Exact);
                    if (what == "another shape")
                        run.Compare(x.Actual.Transposed(), x.Exact);
                    if (what == "a throw")
                        throw new InvalidOperationException("no such\nthing");
                }
            )
            {
                Types = [DType.Float32],
            },
            new("things", "right", [], run => run.Check(o => Ops.Silu(o[0]), run.Normal(3, 5))) { Types = [DType.Float32] },
        ];
        var rows = OperatorCheck.Run(cases, Device.Cpu, 1, KernelOptions.Default);
        Assert.Equal([false, true], rows.Select(r => r.Ok));
        var finding = Assert.Single(OperatorCheck.Findings(rows));
        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.StartsWith("1 of 2 wrong: wrong in float32 ", finding.Evidence);
        Assert.Contains(said, finding.Evidence);
        Assert.DoesNotContain('\n', finding.Evidence);
        Assert.NotNull(finding.Advice);
    }

    [Fact]
    public void Findings_NothingRuns_IsOneProblemWithItsReason()
    {
        var row = new OperatorRow("things", "mm", DType.Float32, OperatorPath.Single, double.NaN, 1e-5, "no kernel image");
        var finding = Assert.Single(OperatorCheck.Findings([row, row with { Family = "others" }]));
        Assert.Equal(
            (FindingLevel.Problem, "none of 2 returned a result: mm in float32 failed: no kernel image"),
            (finding.Level, finding.Evidence)
        );
    }

    [Fact]
    public void Run_OperatorThatThisBuildLacks_GivesLibtorchsOwnReason()
    {
        // The kernel is CUDA's alone.
        var lacking = new OperatorCase(
            "things",
            "flash",
            [],
            run =>
            {
                var (q, ends) = (run.Normal(3, 2, 8).Actual, Tensor.From([0, 3], run.Device));
                _ = Ops.FlashAttentionVarlen(q, q, q, ends, ends, 3, 3, true, 1);
            }
        )
        {
            Types = [DType.BFloat16],
        };
        var row = Assert.Single(OperatorCheck.Run([lacking], Device.Cpu, 1, KernelOptions.Default));
        Assert.False(row.Ok);
        Assert.Contains("_flash_attention_forward", row.Failure);
        Assert.DoesNotContain("printed above on stderr", row.Failure);
    }

    [Fact]
    public void Run_TwiceWithOneSeed_GivesTheSameErrors() =>
        Assert.Equal(
            OperatorCheck.Run(Device.Cpu, 5, KernelOptions.Default).Where(r => r.Operator != "normally distributed numbers"),
            OperatorCheck.Run(Device.Cpu, 5, KernelOptions.Default).Where(r => r.Operator != "normally distributed numbers")
        );

    [Fact]
    public void Run_Cpu_LeavesNoTensorBehind()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        Assert.NotEmpty(OperatorCheck.Run(Device.Cpu, 1, KernelOptions.Default));
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }
}
