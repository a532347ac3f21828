using Litre.Core;
using Litre.Library;
using Litre.Library.Merging;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Torch;
using Shared;

namespace Litre.Training.Tests.Library;

public sealed class AdapterMergeTests
{
    private static readonly AdapterConfig Plain = new()
    {
        Rank = 4,
        Alpha = 8,
        TargetModules = ModuleSelection.Of("q_proj", "v_proj"),
    };

    // Another rank, scale and set of modules.
    private static readonly AdapterConfig Other = new()
    {
        Rank = 3,
        Alpha = 5,
        UseRsLora = true,
        TargetModules = ModuleSelection.Of("v_proj", "o_proj"),
    };

    private static readonly AdapterConfig Experts = new()
    {
        Rank = 2,
        Alpha = 4,
        TargetModules = ModuleSelection.Of("q_proj"),
        TargetParameters = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"],
    };

    private static readonly AdapterConfig OneExpertTensor = new()
    {
        Rank = 3,
        Alpha = 6,
        TargetParameters = ["mlp.experts.down_proj"],
    };

    [Fact]
    public void Linear_OtherRanksScalesAndModules_IsTheWeightedSum()
    {
        using var work = new AdapterWorkshop();
        var result = Merge(work, [(work.Make("a", 1, Plain), 0.7), (work.Make("b", 2, Other), -0.4)], new MergeSettings());
        Assert.Equal(7, result.Rank);
        Assert.All(result.Modules, m => Assert.InRange(m.LargestExcess, 0, 1));
        AssertSum(work, 1e-6);
    }

    [Fact]
    public void Linear_ScalesArePowersOfTwo_EqualsTheSumNumberForNumber()
    {
        using var work = new AdapterWorkshop();
        var result = Merge(
            work,
            [(work.Make("a", 1, Plain), 0.5), (work.Make("b", 2, Plain with { Rank = 2 }), 0.25)],
            new MergeSettings()
        );
        Assert.Equal(0, result.Different);
        AssertSum(work, 0, 0.5, 0.25);
    }

    [Fact]
    public void Linear_ExpertsInOneAndBothTensors_IsTheWeightedSum()
    {
        using var work = new AdapterWorkshop("moe");
        Merge(work, [(work.Make("a", 1, Experts), 0.7), (work.Make("b", 2, OneExpertTensor), -0.4)], new MergeSettings());
        AssertSum(work, 1e-6);
    }

    [Fact]
    public void Linear_TargetsAsRegularExpression_ChangesTheSameModules()
    {
        using var work = new AdapterWorkshop();
        var first = Repository.Reference("dense", "adapter_trained");
        var second = Repository.Reference("dense", "adapter");
        Merge(work, [(first, 1), (second, 0.5)], new MergeSettings(), new AdapterLoadOptions { AllowOtherBase = true });
        var (a, b, merged) = (work.Updates(first), work.Updates(second), work.Updates(work.In("merged")));
        Assert.Equal(a.Keys.Order(), merged.Keys.Order());
        foreach (var key in a.Keys)
            Assert.InRange(Distance(merged[key][0], Sum(a[key][0], 1, b[key][0], 0.5)), 0, 1e-6);
    }

    [Theory]
    [InlineData("dense", 2)]
    [InlineData("dense", 20)] // more than the sum has
    [InlineData("moe", 2)]
    public void Svd_ToARank_IsTheBestApproximationOfIt(string family, int rank)
    {
        using var work = new AdapterWorkshop(family);
        var second = family == "moe" ? Experts with { Rank = 3, Alpha = 3 } : Other;
        (string, double)[] parts = [(work.Make("a", 1, family == "moe" ? Experts : Plain), 0.7), (work.Make("b", 2, second), -0.4)];
        var result = Merge(work, parts, new MergeSettings { Method = MergeMethod.Svd, Rank = rank });
        Assert.Equal(rank, result.Rank);
        var (a, b, merged) = (work.Updates(work.In("a")), work.Updates(work.In("b")), work.Updates(work.In("merged")));
        foreach (var module in result.Modules)
        {
            var (omitted, all, error) = (0.0, 0.0, 0.0);
            for (var e = 0; e < merged[module.Key].Count; e++)
            {
                var sum = Sum(a.GetValueOrDefault(module.Key)?[e], 0.7, b.GetValueOrDefault(module.Key)?[e], -0.4);
                var values = Jacobi.SingularValues(sum);
                omitted += values.Skip(rank).Sum(s => s * s);
                all += values.Sum(s => s * s);
                error += Math.Pow(Distance(merged[module.Key][e], sum), 2);
            }
            // No matrix of the rank is nearer (Eckart and Young), and the reported error is the measured one.
            Assert.Equal(Math.Sqrt(omitted / all), Math.Sqrt(error / all), 1e-6);
            Assert.Equal(Math.Sqrt(error / all), module.RelativeError, 1e-6);
            Assert.Equal(Math.Sqrt(omitted / all), module.PredictedError, 1e-6);
        }
    }

    [Fact]
    public void Ties_OfTwoAdapters_IsThePlainVersionReducedToTheRank()
    {
        using var work = new AdapterWorkshop();
        (string, double)[] parts = [(work.Make("a", 1, Plain), 0.7), (work.Make("b", 2, Other), 1.3)];
        var result = Merge(
            work,
            parts,
            new MergeSettings
            {
                Method = MergeMethod.Ties,
                Rank = 5,
                Density = 0.3,
            }
        );
        var (a, b, merged) = (work.Updates(work.In("a")), work.Updates(work.In("b")), work.Updates(work.In("merged")));
        foreach (var module in result.Modules)
        {
            (double[,] Update, double Weight)[] present =
            [
                .. a.TryGetValue(module.Key, out var left) ? [(left[0], 0.7)] : ((double[,], double)[])[],
                .. b.TryGetValue(module.Key, out var right) ? [(right[0], 1.3)] : ((double[,], double)[])[],
            ];
            var expected = PlainTies(present, 0.3);
            var values = Jacobi.SingularValues(expected);
            var all = Math.Sqrt(values.Sum(s => s * s));
            Assert.Equal(Math.Sqrt(values.Skip(5).Sum(s => s * s)) / all, Distance(merged[module.Key][0], expected) / all, 1e-6);
            Assert.Equal(Distance(merged[module.Key][0], expected) / all, module.RelativeError, 1e-6);
        }
    }

    [Fact]
    public void Ties_HandComputed_TrimsElectsAndAverages()
    {
        double[][] updates =
        [
            [4, -1, 3, 0.5],
            [-2, -5, 1, 2.5],
        ];
        // Half of each is kept: (4, 0, 3, 0) and (0, -5, 0, 2.5).
        Assert.Equal([2, -10, 1.5, 5], Ties.Merge([.. updates.Select(u => (double[])u.Clone())], [0.5, 2], 0.5));
        // All is kept: signs + - + +; the -2 and nothing else is left out.
        Assert.Equal([2, -5.25, 1.75, 2.625], Ties.Merge([.. updates.Select(u => (double[])u.Clone())], [0.5, 2], 1));
        // Of equal magnitudes, the first are kept.
        Assert.Equal(
            [1, -1, 0, 0],
            Ties.Merge(
                [
                    [1, -1, 1, -1],
                ],
                [1],
                0.5
            )
        );
    }

    [Fact]
    public void Ties_Experts_AreRefused()
    {
        using var work = new AdapterWorkshop("moe");
        (string, double)[] parts = [(work.Make("a", 1, Experts), 1), (work.Make("b", 2, Experts), 1)];
        var e = Assert.Throws<InputException>(() => Merge(work, parts, new MergeSettings { Method = MergeMethod.Ties }));
        Assert.Contains("changes the experts", e.Message);
        Assert.False(Directory.Exists(work.In("merged")));
    }

    [Fact]
    public void Merge_OtherBase_IsRefusedByFingerprintAndAcceptedOnRequest()
    {
        using var work = new AdapterWorkshop();
        var (a, b) = (work.Make("a", 1, Plain), work.Make("b", 2, Other));
        var facts = AdapterMetadata.Read(b)!;
        var other = facts.Base!.Fingerprint with { Weights = "xxh128:0000000000000000" };
        (facts with { Base = facts.Base with { Fingerprint = other } }).Save(b);
        var e = Assert.Throws<InputException>(() => Merge(work, [(a, 1), (b, 1)], new MergeSettings()));
        Assert.Matches(
            @"^b: was trained on [^ ]+/model \(fingerprint 000000000000\), but a on [^ ]+/model \([0-9a-f]{12}\); merge ",
            e.Message
        );
        var said = new List<string>();
        Merge(work, [(a, 1), (b, 1)], new MergeSettings(), new AdapterLoadOptions { AllowOtherBase = true, Log = said.Add });
        Assert.EndsWith("it is merged anyway because `other-base` is set", Assert.Single(said));
    }

    [Fact]
    public void Register_IntoTheLibrary_KeepsLineageAndLoadsOnTheModel()
    {
        using var work = new AdapterWorkshop();
        var library = new AdapterLibrary(work.Library);
        var (a, b) = (library.Add(work.Make("a", 1, Plain)), library.Add(work.Make("b", 2, Other)));
        var merge = new AdapterMerge(
            work.Config,
            [new MergePart(a.Id, a.Folder, 0.5), new MergePart(b.Id, b.Folder, 2)],
            new MergeSettings { Method = MergeMethod.Svd, Rank = 4 }
        );
        var (entry, _) = merge.Register(library, "both", null, "a note", TestContext.Current.CancellationToken);
        Assert.Equal(("both@1", "a note", "svd, rank 4", true), (entry.Id, entry.Note, entry.Merge, entry.IsCopy));
        Assert.Equal([("a@1", (double?)0.5), ("b@1", 2)], library.Find("both").Parents.Select(p => (p.Adapter, p.Weight)));
        using var model = ModelFiles.Load(work.Model, DType.Float32, Device.Cpu);
        var said = new List<string>();
        Assert.Equal(4, AdapterFiles.Load(model, library.Resolve("both"), new AdapterLoadOptions { Log = said.Add }).Config.Rank);
        Assert.Empty(said); // its base is known
        Assert.Contains("\"a@1\"", File.ReadAllText(Path.Combine(entry.Folder, AdapterMetadata.FileName)));
    }

    private static MergeResult Merge(
        AdapterWorkshop work,
        (string Folder, double Weight)[] parts,
        MergeSettings settings,
        AdapterLoadOptions? options = null
    ) =>
        new AdapterMerge(work.Config, [.. parts.Select(p => new MergePart(Path.GetFileName(p.Folder), p.Folder, p.Weight))], settings)
        {
            Options = options ?? new AdapterLoadOptions(),
        }.Write(work.In("merged"), TestContext.Current.CancellationToken);

    private static void AssertSum(AdapterWorkshop work, double tolerance, double left = 0.7, double right = -0.4)
    {
        var (a, b, merged) = (work.Updates(work.In("a")), work.Updates(work.In("b")), work.Updates(work.In("merged")));
        Assert.Equal(a.Keys.Union(b.Keys).Order(), merged.Keys.Order());
        foreach (var (key, updates) in merged)
        {
            for (var e = 0; e < updates.Count; e++)
            {
                var sum = Sum(a.GetValueOrDefault(key)?[e], left, b.GetValueOrDefault(key)?[e], right);
                for (var i = 0; i < sum.GetLength(0); i++)
                for (var j = 0; j < sum.GetLength(1); j++)
                    Assert.Equal((float)sum[i, j], (float)updates[e][i, j], tolerance);
            }
        }
    }

    private static double[,] Sum(double[,]? a, double left, double[,]? b, double right)
    {
        var some = a ?? b!;
        var sum = new double[some.GetLength(0), some.GetLength(1)];
        for (var i = 0; i < sum.GetLength(0); i++)
        for (var j = 0; j < sum.GetLength(1); j++)
            sum[i, j] = (a is null ? 0 : left * a[i, j]) + (b is null ? 0 : right * b[i, j]);
        return sum;
    }

    private static double Distance(double[,] a, double[,] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.GetLength(0); i++)
        for (var j = 0; j < a.GetLength(1); j++)
            sum += Math.Pow(a[i, j] - b[i, j], 2);
        return Math.Sqrt(sum);
    }

    private static double[,] PlainTies((double[,] Update, double Weight)[] parts, double density)
    {
        var merged = new double[parts[0].Update.GetLength(0), parts[0].Update.GetLength(1)];
        var kept = parts
            .Select(p =>
            {
                var keep = (int)(density * p.Update.Length);
                var order = p.Update.Cast<double>().Select((v, i) => (Size: Math.Abs(v), i)).OrderByDescending(v => v.Size).Take(keep);
                return order.Select(v => v.i).ToHashSet();
            })
            .ToList();
        for (var i = 0; i < merged.GetLength(0); i++)
        for (var j = 0; j < merged.GetLength(1); j++)
        {
            var at = i * merged.GetLength(1) + j;
            var values = parts.Select((p, n) => (Value: kept[n].Contains(at) ? p.Update[i, j] : 0, p.Weight)).ToList();
            var positive = values.Sum(v => v.Value) >= 0;
            var chosen = values.Where(v => v.Value != 0 && v.Value > 0 == positive).ToList();
            merged[i, j] = chosen.Count == 0 ? 0 : chosen.Sum(v => v.Value * v.Weight) / chosen.Count;
        }
        return merged;
    }
}
