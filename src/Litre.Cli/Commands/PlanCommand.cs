using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Model.Families;
using Litre.Planning;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>litre plan</c>: reports whether a run fits and how long it takes, before anything is loaded.</summary>
internal sealed class PlanCommand : Command
{
    private readonly RecipeOptions _recipe;
    private readonly SyntheticDataOptions _described;
    private readonly PlanTarget _target;
    private readonly Option<bool> _explain = new("--explain")
    {
        Description = "List the largest tensors at the memory peak and what allocated them.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public PlanCommand()
        : base(
            "plan",
            "Reports whether a run fits into memory and how long it takes, and chooses its settings; accepts the options of tune."
        )
    {
        _target = new PlanTarget(this);
        _described = new SyntheticDataOptions(this);
        Options.Add(_explain);
        Options.Add(_json);
        _recipe = new RecipeOptions(this);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var settings = _recipe.Settings(parsed);
        settings.RefuseContradictions();
        if (settings.Model.Length == 0)
            throw new InputException(
                "--model: is missing; give the checkpoint folder, config.json or published size to plan for, such as "
                    + ModelFamilies.Default.Format.ExampleModel
            );
        var model = PlanModel.Open(settings.Model);
        var machine = _target.Machine(parsed, ref settings);
        var plan = Planner.CreatePlan(model, settings, Data(parsed, model, settings), machine, _target.IsLocal(parsed));
        var explained = parsed.GetValue(_explain) ? Planner.Explain(plan) : null;
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(PlanJson.Text(plan, explained, words: OptionText.Render));
        else
        {
            PlanReport.Write(Terminal.Output, plan);
            if (explained is not null)
                PlanReport.WriteTensors(Terminal.Output, explained);
        }
        return plan.Fits ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private PlanData Data(ParseResult parsed, PlanModel model, TuneSettings settings)
    {
        if (_described.IsGiven(parsed))
        {
            if (settings.Data.Path.Length > 0)
                throw new InputException(
                    $"--data {settings.Data.Path} and --samples: one reads a data set, the other describes one; omit one of them"
                );
            return _described.Data(parsed, model, settings);
        }
        if (settings.Data.Path.Length == 0)
            throw new InputException(
                "--data: is missing; give the data to plan for, or describe them: --samples 1400 "
                    + (model.Config.Vision is null ? "" : "--image 1024x768 ")
                    + "--text-tokens 120"
            );
        return PlanData.Read(model, settings);
    }
}
