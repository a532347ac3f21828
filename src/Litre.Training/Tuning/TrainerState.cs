using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Kernels;
using Litre.Model;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// What a resumed run must know besides weights and moments. Randomness follows from the step's number, and so do the samples where
/// the source of the steps says nothing else.
/// </summary>
public sealed record TrainerState
{
    public const string FileName = "trainer_state.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Steps taken.</summary>
    public int Step { get; init; }

    /// <summary>Of the whole run, as it was planned then; 0 where an earlier version wrote this.</summary>
    public int TotalSteps { get; init; }

    /// <summary>Steps that the optimizer took: those with finite gradients.</summary>
    public long OptimizerSteps { get; init; }

    /// <summary>The same for each parameter.</summary>
    public IReadOnlyList<long> ParameterSteps { get; init; } = [];

    /// <summary>Keys of what is trained, in the order of the optimizer's tensors.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Held-out loss of the untouched base, or null where it is not known.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>Lowest held-out loss after a step, or null before the first; it may be above the base's.</summary>
    public double? BestLoss { get; init; }

    public int BestStep { get; init; }

    /// <summary>Validations since the lowest.</summary>
    public int WithoutImprovement { get; init; }

    /// <summary>Steps in a row whose gradients were not finite.</summary>
    public int NotFinite { get; init; }

    /// <summary>Loss of the first step, which is the untouched base's on its samples; null before it.</summary>
    public double? FirstLoss { get; init; }

    /// <summary>Loss of the last step that was finite.</summary>
    public double? LastLoss { get; init; }

    /// <summary>Steps in a row whose losses were far above the base's.</summary>
    public int FarSteps { get; init; }

    /// <summary>Whether the run was stopped in the validation after <see cref="Step"/>, which is then the first thing to do.</summary>
    public bool ValidationDue { get; init; }

    /// <summary>How results are rounded (<see cref="ModelKernels.Fingerprint"/>); empty where an earlier version wrote this.</summary>
    public string Kernels { get; init; } = "";

    /// <summary>Attention of each shape so far, which decides when it changes its kernel.</summary>
    public IReadOnlyList<AttentionCount> Attention { get; init; } = [];

    /// <summary>What the source of the steps delivers (<see cref="IStepSource.Fingerprint"/>): a run goes on with the same alone.</summary>
    public string DataFingerprint { get; init; } = "";

    /// <summary>What the source of the steps goes on from (<see cref="IStepSource.State"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? StepSource { get; init; }

    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <exception cref="InputException">The file is missing or not what this version writes.</exception>
    public static TrainerState Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize<TrainerState>(File.ReadAllText(path), Json)
                ?? throw new InputException(
                    $"{path}: the file is empty; move this checkpoint out of the run folder to resume from an earlier one"
                );
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new InputException(
                $"{path}: cannot be read ({e.Message}); move this checkpoint out of the run folder to resume from an earlier one",
                e
            );
        }
    }
}
