using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Kernels;
using Litre.Model.Hub;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>
/// One command-line option for every field of the recipe, plus <c>--recipe</c> and <c>--resume</c>; reads the settings from them.
/// </summary>
internal sealed class RecipeOptions
{
    private static readonly string[] AdapterSettings = ["lora-rank", "lora-alpha", "lora-dropout", "rslora"];

    private readonly List<(RecipeField Field, Option<string?> Option)> _options = [];
    private readonly Option<string?> _recipe = new("--recipe")
    {
        Description = "YAML file of settings; options on the command line override it.",
    };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Resume the run in --output from its newest intact checkpoint.",
    };

    private readonly Option<bool> _otherBase = AdapterOptions.OtherBaseOption();

    public RecipeOptions(Command command)
    {
        var defaults = new TuneSettings();
        foreach (var field in RecipeFields.All)
        {
            var standard = field.Get(defaults);
            var option = new Option<string?>("--" + field.Name)
            {
                Description = field.Description + (standard.Length > 0 && field.Name != "dtype" ? $" [{standard}]" : ""),
                HelpName = field.IsSwitch ? "true|false" : "value",
                Arity = field.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            if (field.Values.Count > 0)
                option.CompletionSources.Add([.. field.Values]);
            _options.Add((field, option));
            command.Options.Add(option);
        }
        command.Options.Add(_recipe);
        command.Options.Add(_resume);
        command.Options.Add(_otherBase);
    }

    public bool Resume(ParseResult parsed) => parsed.GetValue(_resume);

    /// <summary>Whether a resumed run may continue with another base model.</summary>
    public bool OtherBase(ParseResult parsed) => parsed.GetValue(_otherBase);

    /// <summary>Returns the defaults, overridden by the recipe (that of the run if it is resumed), then by the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="InputException">A value cannot be used, or would change the numbers of a resumed run.</exception>
    public TuneSettings Settings(ParseResult parsed)
    {
        var settings = Read(parsed);
        return settings with
        {
            Model = ModelFolder.Resolve(settings.Model),
            Engine = settings.Engine with { Kernels = KernelOptions.FromEnvironment() },
        };
    }

    private TuneSettings Read(ParseResult parsed)
    {
        var given = _options.Where(o => parsed.GetResult(o.Option) is { Implicit: false }).ToList();
        var settings = new TuneSettings();
        var recipe = parsed.GetValue(_recipe);
        if (recipe is not null)
            settings = Recipe.Read(recipe, settings);
        var asked = settings;
        foreach (var (field, option) in given)
            asked = Recipe.Apply(field, parsed.GetValue(option) ?? "true", asked);

        if (!Resume(parsed))
        {
            // A recipe can name model and data too.
            ModelArgument.Check(asked.Model, asked.Data.Path, adapter: null, allowsNames: parsed.CommandResult.Command is PlanCommand);
            return Begun();
        }
        if (asked.Output.Length == 0)
            throw new InputException("--resume: needs --output, the folder of the run to resume");
        var before = Recipe.OfRun(asked.Output);
        if (before is null && asked.Model.Length == 0)
            throw new InputException(
                $"--resume: {asked.Output} "
                    + $"{(Directory.Exists(asked.Output) ? "is not the folder of a run" : "does not exist")}; give "
                    + "the run's folder, or --model and --data to start a new run"
            );
        if (before is null)
            return Begun();
        var after = before;
        foreach (var (field, option) in given)
        {
            after = Recipe.Apply(field, parsed.GetValue(option) ?? "true", after);
            if (IsLonger(field, before, after))
                continue;
            if (field.IsFixed && field.Get(after) != field.Get(before))
                throw new InputException(
                    $"--{field.Name} {field.Get(after)}: the run in {asked.Output} was started with "
                        + $"{field.Get(before)}; omit the option, or start a new run with another --output"
                );
        }
        return after;

        // A value in a recipe file counts as given if it differs from the default.
        TuneSettings Begun()
        {
            var defaults = new TuneSettings();
            HashSet<string> said =
            [
                .. given.Select(o => o.Field.Name),
                .. RecipeFields.All.Where(f => f.Get(settings) != f.Get(defaults)).Select(f => f.Name),
            ];
            RefuseMeaningless(asked, said);
            if (asked.Trainable is { Full: false, Adapter: { Length: > 0 } start })
                asked = asked with { Trainable = asked.Trainable with { Adapter = AdapterOptions.Resolve(start) } };
            return InitialAdapter.Apply(asked, said, OptionText.WriteError);
        }
    }

    // Settings that would have no effect are refused, because the user expects an effect.
    private static void RefuseMeaningless(TuneSettings settings, HashSet<string> given)
    {
        if (
            settings.Trainable.Full
            && AdapterSettings.FirstOrDefault(given.Contains) is { } name
            && RecipeFields.Find(name)!.Get(settings) is var value
        )
            throw new InputException($"--full and --{name} {value}: --full trains all weights, without adapters; omit one of them");
        var (output, mirror) = (settings.Output, settings.Checkpoints.Mirror);
        if (output.Length > 0 && mirror.Length > 0 && FolderNesting.ResolveLinks(output) == FolderNesting.ResolveLinks(mirror))
            throw new InputException($"--mirror {mirror}: is the run folder (--output); give a folder on another disk, or omit it");
    }

    // A run can be resumed with more epochs or steps; fewer would undo training.
    private static bool IsLonger(RecipeField field, TuneSettings before, TuneSettings after)
    {
        switch (field.Name)
        {
            case "epochs" when before.Batches.MaxSteps > 0:
                throw new InputException(
                    $"--epochs {field.Get(after)}: the run in {before.Output} counts steps (--max-steps "
                        + $"{before.Batches.MaxSteps}), not epochs; give a larger --max-steps"
                );
            case "epochs" when after.Batches.Epochs < before.Batches.Epochs:
                throw new InputException(
                    $"--epochs {field.Get(after)}: the run in {before.Output} was started with {field.Get(before)}; "
                        + "it can be resumed with more, not with fewer"
                );
            case "max-steps" when after.Batches.MaxSteps != before.Batches.MaxSteps && before.Batches.MaxSteps == 0:
                throw new InputException(
                    $"--max-steps {field.Get(after)}: the run in {before.Output} counts epochs (--epochs "
                        + $"{RecipeFields.Find("epochs")!.Get(before)}), not steps; give more --epochs"
                );
            case "max-steps" when after.Batches.MaxSteps < before.Batches.MaxSteps:
                throw new InputException(
                    $"--max-steps {field.Get(after)}: the run in {before.Output} was started with "
                        + $"{field.Get(before)}; it can be resumed with more, not with fewer"
                );
            default:
                return field.Name is "epochs" or "max-steps";
        }
    }
}
