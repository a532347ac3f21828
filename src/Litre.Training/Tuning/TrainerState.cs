using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Kernels;
using Litre.Model;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// The state that a resumed run needs in addition to weights and moments. The step number determines randomness, and also the samples
/// unless the source of the steps has its own state.
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

    /// <summary>The total steps of the whole run, as it was planned then; 0 if an earlier version wrote this.</summary>
    public int TotalSteps { get; init; }

    /// <summary>Steps that the optimizer took: those with finite gradients.</summary>
    public long OptimizerSteps { get; init; }

    /// <summary>The optimizer steps of each parameter.</summary>
    public IReadOnlyList<long> ParameterSteps { get; init; } = [];

    /// <summary>Keys of the trained parameters, in the order of the optimizer's tensors.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Held-out loss of the base model, or null if it is not known.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>Lowest held-out loss after a step, or null before the first; it may be above the base model's.</summary>
    public double? BestLoss { get; init; }

    public int BestStep { get; init; }

    /// <summary>Validations since the lowest loss.</summary>
    public int WithoutImprovement { get; init; }

    /// <summary>Number of consecutive steps whose gradients were not finite.</summary>
    public int NotFinite { get; init; }

    /// <summary>Loss of the first step, which is the base model's loss on its samples; null before it.</summary>
    public double? FirstLoss { get; init; }

    /// <summary>Loss of the last step that was finite.</summary>
    public double? LastLoss { get; init; }

    /// <summary>Number of consecutive steps whose losses were far above the base model's.</summary>
    public int FarSteps { get; init; }

    /// <summary>Whether the run was stopped in the validation after <see cref="Step"/>, which then comes first.</summary>
    public bool ValidationDue { get; init; }

    /// <summary>
    /// Identifies how results are rounded (<see cref="ModelKernels.Fingerprint"/>); empty if an earlier version wrote this.
    /// </summary>
    public string Kernels { get; init; } = "";

    /// <summary>Counts of attention per shape, which decide when its kernel changes.</summary>
    public IReadOnlyList<AttentionCount> Attention { get; init; } = [];

    /// <summary>Identifies the steps (<see cref="IStepSource.Fingerprint"/>): a run resumes only with the same ones.</summary>
    public string DataFingerprint { get; init; } = "";

    /// <summary>The state of the source of the steps (<see cref="IStepSource.State"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? StepSource { get; init; }

    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <exception cref="InputException">The file is missing or has another form.</exception>
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
