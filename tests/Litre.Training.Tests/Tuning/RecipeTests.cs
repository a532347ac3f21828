using Litre.Core;
using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Tuning;

public sealed class RecipeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-recipe-").FullName;

    private string File => Path.Combine(_folder, "recipe.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_EveryRecipeOfTheRepository_IsUnderstood()
    {
        var recipes = Directory.EnumerateFiles(Path.Combine(Repository.Root, "recipes"), "*.yaml", SearchOption.AllDirectories).ToList();
        Assert.NotEmpty(recipes);
        foreach (var recipe in recipes)
            Assert.NotEqual(new TuneSettings(), Recipe.Read(recipe, new TuneSettings()));
    }

    [Fact]
    public void Apply_ValueThatDoesNotFit_NamesTheSettingOrItsLine()
    {
        var field = RecipeFields.Find("seed")!;
        var alone = Assert.Throws<InputException>(() => Recipe.Apply(field, "x", new TuneSettings()));
        Assert.Equal("`seed x`: expected a whole number, 0 or more", alone.Message);
        Assert.Equal(("seed", "x"), (alone.Setting, alone.Value));
        System.IO.File.WriteAllText(File, "seed: x\n");
        var line = Assert.Throws<InputException>(() => Recipe.Read(File, new TuneSettings()));
        Assert.Equal($"{File}:1: seed x: expected a whole number, 0 or more", line.Message);
    }

    [Fact]
    public void Write_AnySettings_ReadBackEqual()
    {
        var settings = new TuneSettings
        {
            Model = "models/模型 \"one\"",
            Data = new() { Path = "- data: #1", MaxPixels = 1_000_000 },
            Output = "",
            Trainable = new()
            {
                Targets = ["vision", "q_proj"],
                LoraDropout = 0.05,
                Full = true,
            },
            Optimizer = new() { LearningRate = 3.3e-5, Schedule = ScheduleKind.Linear },
            Comparison = new() { When = EvaluationTime.None },
            Engine = new() { DType = DType.Float32 },
            Features = new() { DiskBytes = 5_000_000_001, Folder = "/big disk/features" },
            Governing = new()
            {
                FirstFloorGiB = 9,
                SecondFloorGiB = 8,
                LastFloorGiB = 7.5,
                DeviceFloorGiB = 6,
                TemperatureC = 70,
                PressurePercent = 50,
                AnswerSeconds = 40,
                EndSeconds = 30,
                CalmSeconds = 20,
            },
        };
        Recipe.Write(File, settings);
        var read = Recipe.Read(File, new TuneSettings());
        Assert.All(RecipeFields.All, field => Assert.Equal(field.Get(settings), field.Get(read)));
        Assert.Equal(settings.Governing, read.Governing);
    }

    [Theory]
    [InlineData("learning-rat: 1", "recipe.yaml:1: learning-rat", "did you mean learning-rate")]
    [InlineData("seed: 1\nlora-rank: 0", "recipe.yaml:2: lora-rank 0", "1 or more")]
    [InlineData("lora-dropout: 1", "lora-dropout 1", "below 1")]
    [InlineData("schedule: sometimes", "schedule sometimes", "constant, linear, cosine")]
    [InlineData("recompute: some", "recompute some", "auto, none, all or a number")]
    [InlineData("micro-batch-tokens: 0", "micro-batch-tokens 0", "auto, or a whole number")]
    [InlineData("feature-cache: -1", "feature-cache -1", "auto, or a number of GiB")]
    [InlineData("feature-disk: -1", "feature-disk -1", "a size such as 20GiB")]
    [InlineData("full: maybe", "full maybe", "true or false")]
    [InlineData("- a\n- b", "recipe.yaml", "learning-rate: 1e-4")]
    [InlineData("seed: [1", "recipe.yaml:", "not valid YAML")]
    [InlineData("target: {a: b}", "recipe.yaml:1: target", "a mapping")]
    public void Read_BadRecipe_OneLineWithPlaceAndRemedy(string text, string place, string remedy)
    {
        System.IO.File.WriteAllText(File, text);
        var refused = Assert.Throws<InputException>(() => Recipe.Read(File, new TuneSettings()));
        Assert.Contains(place, refused.Message);
        Assert.Contains(remedy, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Read_UnderscoresAndLists_AreUnderstood()
    {
        System.IO.File.WriteAllText(File, "learning_rate: 2e-4\ntarget: [attention, vision]\n");
        var settings = Recipe.Read(File, new TuneSettings());
        Assert.Equal(2e-4, settings.Optimizer.LearningRate);
        Assert.Equal(["attention", "vision"], settings.Trainable.Targets);
    }

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("none", "none")]
    [InlineData("all", "all")]
    [InlineData("12", "12")]
    [InlineData("true", "all")] // as earlier versions wrote it
    [InlineData("false", "none")]
    public void Read_Recompute_IsUnderstood(string text, string expected)
    {
        System.IO.File.WriteAllText(File, $"recompute: {text}\n");
        Assert.Equal(expected, Recipe.Read(File, new TuneSettings()).Engine.Recompute.ToString());
    }

    [Theory]
    [InlineData("auto", 0, 8192)]
    [InlineData("300", 300, 300)]
    public void Read_MicroBatchTokens_AutoIsLeftToThePlan(string text, int tokens, int pass)
    {
        System.IO.File.WriteAllText(File, $"micro-batch-tokens: {text}\n");
        var settings = Recipe.Read(File, new TuneSettings());
        Assert.Equal((tokens, pass), (settings.Batches.MicroBatchTokens, settings.Batches.PassTokens));
    }

    [Theory]
    [InlineData(ScheduleKind.Constant, 1.0, 1.0)]
    [InlineData(ScheduleKind.Linear, 0.5, 0.01)]
    [InlineData(ScheduleKind.Cosine, 0.5, 0.00025)]
    public void Schedule_AfterWarmup_FallsAsNamed(ScheduleKind kind, double half, double last)
    {
        var schedule = new LearningRateSchedule(1, kind, 0, 100);
        Assert.Equal(1, schedule.At(1), 1e-12);
        Assert.Equal(half, schedule.At(51), 1e-12);
        Assert.Equal(last, schedule.At(100), 1e-4);
    }

    [Fact]
    public void Schedule_Warmup_RisesInEqualStepsToThePeak()
    {
        var schedule = new LearningRateSchedule(1, ScheduleKind.Constant, 4, 100);
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 1.0], Enumerable.Range(1, 5).Select(schedule.At));
    }
}
