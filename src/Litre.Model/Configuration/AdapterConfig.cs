using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;

namespace Litre.Model.Configuration;

/// <summary>
/// A LoRA adapter's settings in PEFT's <c>adapter_config.json</c>. A setting that changes the computation and is not supported is
/// refused by name when the file is read, never ignored.
/// </summary>
public sealed record AdapterConfig
{
    public const string FileName = "adapter_config.json";

    /// <summary>r: the rank unless a pattern gives another.</summary>
    public required int Rank { get; init; }

    /// <summary>The numerator of the scale unless a pattern gives another.</summary>
    public required double Alpha { get; init; }

    /// <summary>Probability with which an input value of an adapter is dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Rank-stabilized LoRA: the scale is alpha/sqrt(r) instead of alpha/r.</summary>
    public bool UseRsLora { get; init; }

    /// <summary>Linear modules with an adapter; null if only parameters have one.</summary>
    public ModuleSelection? TargetModules { get; init; }

    /// <summary>Modules excluded from <see cref="TargetModules"/>.</summary>
    public ModuleSelection? ExcludeModules { get; init; }

    /// <summary>Parameters with an adapter, such as <c>mlp.experts.gate_up_proj</c>.</summary>
    public IReadOnlyList<string> TargetParameters { get; init; } = [];

    /// <summary>Ranks of some modules.</summary>
    public ModulePatterns<int> RankPattern { get; init; } = ModulePatterns<int>.None;

    /// <summary>Alphas of some modules.</summary>
    public ModulePatterns<double> AlphaPattern { get; init; } = ModulePatterns<double>.None;

    /// <summary>Layers (from 0) that have adapters; empty for all. Needs a list of names in <see cref="TargetModules"/>.</summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>
    /// Names (as Python regular expressions) of the module lists that <see cref="LayersToTransform"/> counts; empty for the first
    /// numbered part of a name.
    /// </summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    public string? BaseModel { get; init; }

    public string? Revision { get; init; }

    /// <summary>PEFT's name of the task, such as <c>CAUSAL_LM</c>; null for none.</summary>
    public string? TaskType { get; init; }

    /// <summary>The PEFT release that wrote the file; null lets PEFT use its own.</summary>
    public string? PeftVersion { get; init; }

    public bool InferenceMode { get; init; } = true;

    /// <summary>Reads an adapter folder's <c>adapter_config.json</c>, or the file itself.</summary>
    /// <exception cref="InputException">The file is missing or damaged, or requires something that Litre does not support.</exception>
    public static AdapterConfig Load(string folderOrFile)
    {
        var isFolder = Directory.Exists(folderOrFile);
        var path = isFolder ? Path.Combine(folderOrFile, FileName) : folderOrFile;
        if (isFolder && !File.Exists(path))
            throw new InputException($"{folderOrFile}: has no {FileName}; give the folder of a PEFT adapter");
        using var fields = JsonFields.Read(path);
        return AdapterConfigReader.Read(fields);
    }

    /// <summary>Writes <c>adapter_config.json</c> with the fields and in the layout of PEFT 0.21.</summary>
    /// <exception cref="InputException">The settings contradict each other, or the folder cannot be written.</exception>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), ToJson());

    /// <summary>The text that <see cref="Save"/> writes.</summary>
    /// <exception cref="InputException">The settings contradict each other.</exception>
    public string ToJson()
    {
        Validate(FileName);
        return AdapterConfigWriter.Write(this);
    }

    /// <summary>Whether a linear module has an adapter: PEFT's rule, which checks the exclusions first.</summary>
    public bool TargetsModule(string module) => Spellings(module).Any(Targets);

    /// <summary>
    /// The same for a model of a family: a configuration from a file may spell its modules as related models or older releases do.
    /// </summary>
    public AdapterConfig For(IModelFamily family) => IsRead ? this with { Spellings = family.Spellings } : this;

    /// <summary>Whether it comes from a file.</summary>
    internal bool IsRead { get; init; }

    private Func<string, IEnumerable<string>> Spellings { get; init; } = module => [module];

    private bool Targets(string module)
    {
        if (ExcludeModules?.Contains(module) == true)
            return false;
        if (TargetModules is null || !TargetModules.Contains(module))
            return false;
        // A module named in full is selected regardless of its layer.
        if (LayersToTransform.Count == 0 || TargetModules.Names.Contains(module))
            return true;
        return LayerOf(module) is { } layer && LayersToTransform.Contains(layer);
    }

    /// <summary>Whether a parameter, by its full name, has its own adapter.</summary>
    public bool TargetsParameter(string parameter) => Spellings(parameter).Any(p => ModuleSelection.ContainsName(TargetParameters, p));

    /// <summary>r of a module; for a parameter, pass the module that contains it.</summary>
    public int RankOf(string module) => RankPattern.ValueOf(Spelling(RankPattern, module), Rank);

    /// <summary>alpha of a module; for a parameter, pass the module that contains it.</summary>
    public double AlphaOf(string module) => AlphaPattern.ValueOf(Spelling(AlphaPattern, module), Alpha);

    private string Spelling<T>(ModulePatterns<T> patterns, string module) => Spellings(module).FirstOrDefault(patterns.Matches, module);

    internal void Validate(string where)
    {
        CheckRank(where, "r", Rank);
        CheckAlpha(where, "lora_alpha", Alpha);
        foreach (var (key, rank) in RankPattern)
            CheckRank(where, $"rank_pattern.{key}", rank);
        foreach (var (key, alpha) in AlphaPattern)
            CheckAlpha(where, $"alpha_pattern.{key}", alpha);
        if (!(Dropout >= 0 && Dropout < 1))
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"{where}: lora_dropout is {Dropout}, expected a number from 0 to below 1")
            );
        if ((TargetModules is null || (TargetModules.Text is null && TargetModules.Names.Count == 0)) && TargetParameters.Count == 0)
            throw new InputException(
                $"{where}: target_modules and target_parameters are both empty; name at least one module or parameter"
            );
        if (ExcludeModules?.IsAllLinear == true)
            throw new InputException($"{where}: exclude_modules is all-linear, which excludes every module; name the modules to exclude");
        // PEFT itself refuses the next three, so no program could load such a file.
        if (Dropout != 0 && TargetParameters.Count > 0)
            throw new InputException($"{where}: lora_dropout must be 0 where target_parameters names expert weights; set it to 0");
        if (LayersToTransform.Count > 0 && TargetModules?.Text is not null)
            throw new InputException(
                $"{where}: layers_to_transform needs a list of names in target_modules, found {TargetModules.Text}; "
                    + "name the modules in a list"
            );
        if (LayersPattern.Count > 0 && LayersToTransform.Count == 0)
            throw new InputException($"{where}: layers_pattern is set but layers_to_transform is not; set both or neither");
        foreach (var pattern in LayersPattern)
            _ = LayerRegex(pattern, where);
    }

    private int? LayerOf(string module)
    {
        if (LayersPattern.Count == 0)
            return Index(Regex.Match(module, @"\A.*?\.[^.]*\.(\d+)\."));
        foreach (var pattern in LayersPattern)
        {
            var match = LayerRegex(pattern, "layers_pattern").Match(module);
            if (match.Success)
                return Index(match);
        }
        return null;
    }

    private static int? Index(Match match) =>
        match.Success && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;

    private static PythonRegex LayerRegex(string pattern, string where) =>
        new($@"\A.*?\.{pattern}\.(\d+)\.", pattern, $"{where}: layers_pattern");

    private static void CheckRank(string where, string field, int rank)
    {
        if (rank <= 0)
            throw new InputException($"{where}: {field} is {rank}, expected a rank above 0");
    }

    private static void CheckAlpha(string where, string field, double alpha)
    {
        if (!double.IsFinite(alpha))
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"{where}: {field} is {alpha}, expected " + $"a finite number")
            );
    }
}
