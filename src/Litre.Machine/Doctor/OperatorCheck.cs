using System.Globalization;
using Litre.Kernels;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>
/// Runs every operator of the models on a device, with new random operands, and compares each result with float64 on the
/// CPU. An operator that throws is reported as failed.
/// </summary>
public static class OperatorCheck
{
    private const int NamedFailures = 3;

    private const string WrongAdvice =
        "do not train here, results would be wrong: update the driver, use another libtorch (`litre setup`, "
        + "LITRE_LIBTORCH), and report the output of `litre doctor`";

    private const string LoopAdvice =
        "mixture-of-experts models train correctly here, only slower: the `fused` check states why the kernel for products by expert "
        + "is not used; more tokens per pass (`micro-batch-tokens`) help";

    /// <param name="device">The device to run on.</param>
    /// <param name="seed">The seed of the operands.</param>
    /// <param name="options">The kernels that may be used.</param>
    public static IReadOnlyList<OperatorRow> Run(Device device, int seed, KernelOptions options) =>
        Run(OperatorCases.For(CudaDriver.Of(device)), device, seed, options);

    internal static IReadOnlyList<OperatorRow> Run(IReadOnlyList<OperatorCase> cases, Device device, int seed, KernelOptions options)
    {
        var kernels = new KernelPolicy(options);
        var random = new Random(seed);
        return
        [
            .. cases.SelectMany(c =>
                c.Types.Where(dtype => c.Applies(device, dtype)).Select(dtype => Run(c, device, dtype, random, kernels))
            ),
        ];
    }

    /// <summary>A finding for each family of operators, or one for all if none runs.</summary>
    public static IReadOnlyList<Finding> Findings(IReadOnlyList<OperatorRow> rows) =>
        rows.Count > 0 && rows.All(r => r.Failure is not null)
            ?
            [
                new Finding(
                    FindingGroup.Operators,
                    "all",
                    FindingLevel.Problem,
                    $"none of {rows.Count} returned a result: {Describe(rows[0])}",
                    WrongAdvice
                ),
            ]
            : [.. rows.GroupBy(r => r.Family).Select(family => Summary(family.Key, [.. family]))];

    private static OperatorRow Run(OperatorCase one, Device device, DType dtype, Random random, KernelPolicy kernels)
    {
        var tolerance = one.Tolerance ?? OperatorTolerances.For(dtype);
        var run = new CaseRun(device, dtype, random, kernels);
        using var errors = new ErrorStream();
        try
        {
            using var scope = new TensorScope();
            one.Run(run);
            return new OperatorRow(
                one.Family,
                one.Name,
                dtype,
                run.Path,
                run.Error,
                tolerance,
                double.IsNaN(run.Error) ? "nothing was compared" : null
            );
        }
        catch (Exception failure)
        {
            // Any exception of an unexpected library: the other operators must still be checked.
            return new OperatorRow(one.Family, one.Name, dtype, run.Path, double.NaN, tolerance, Reason(failure, errors.Text()));
        }
    }

    // libtorch reports the reason only on stderr.
    private static string Reason(Exception failure, string errorOutput)
    {
        var line = errorOutput.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return failure is TorchException && line is not null ? line : failure.Message.ReplaceLineEndings(" ").Trim();
    }

    private static Finding Summary(string family, IReadOnlyList<OperatorRow> rows)
    {
        var wrong = rows.Where(r => !r.Ok).ToList();
        if (wrong.Count > 0)
        {
            var named =
                string.Join("; ", wrong.Take(NamedFailures).Select(Describe))
                + (wrong.Count > NamedFailures ? $"; and {wrong.Count - NamedFailures} more" : "");
            return new Finding(
                FindingGroup.Operators,
                family,
                FindingLevel.Problem,
                $"{wrong.Count} of {rows.Count} wrong: {named}",
                WrongAdvice
            );
        }
        var worst = rows.Where(r => r.Tolerance > 0).MaxBy(r => r.Error / r.Tolerance);
        var seen =
            $"{rows.Count} of {rows.Count} agree"
            + (
                worst is null
                    ? ", bit for bit"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $", worst error {worst.Error:0.0e+00} of {worst.Tolerance:0e+00} ({worst.DType.Name()})"
                    )
            )
            + DescribePaths(rows);
        var slow = rows.Any(r => r.Path.IsDeviceLimit && r.DType == DType.BFloat16);
        return new Finding(FindingGroup.Operators, family, slow ? FindingLevel.Note : FindingLevel.Ok, seen, slow ? LoopAdvice : null);
    }

    // For operators with several implementations: the one that their usual case uses in each type. The rows contain the rest.
    private static string DescribePaths(IReadOnlyList<OperatorRow> rows)
    {
        var ways = rows.Where(r => r.Path != OperatorPath.Single).DistinctBy(r => r.DType).GroupBy(r => r.Path).ToList();
        return string.Concat(
            ways.Select(way =>
            {
                var types = ways.Count == 1 ? "" : $" ({string.Join(", ", way.Select(r => r.DType.Name()))})";
                return $"; {(way.Key.IsFallback ? "fallback: " : "")}{way.Key.Name}{types}";
            })
        );
    }

    private static string Describe(OperatorRow row) =>
        row.Failure is { } failure
            ? $"{row.Operator} in {row.DType.Name()} failed: {failure}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Operator} in {row.DType.Name()} differs by {row.Error:0.0e+00}, {row.Tolerance:0e+00} allowed"
            );
}
