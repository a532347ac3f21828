using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Model.Lora;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>--adapter</c> and <c>--other-base</c>, alike in every command that puts an adapter on a model.</summary>
internal sealed class AdapterOptions
{
    private readonly Option<string?> _adapter;
    private readonly Option<bool> _otherBase = OtherBaseOption();

    /// <param name="command">Gets the options.</param>
    /// <param name="description">What the adapter is for.</param>
    /// <param name="required">Whether the command is nothing without one.</param>
    public AdapterOptions(Command command, string description, bool required = false)
    {
        _adapter = new Option<string?>("--adapter") { Description = description, Required = required };
        command.Options.Add(_adapter);
        command.Options.Add(_otherBase);
    }

    /// <summary>Whether the adapter may be another base's.</summary>
    public bool AllowsOtherBase(ParseResult parsed) => parsed.GetValue(_otherBase);

    /// <summary>How an adapter is put on a base; what cannot be checked of it is said on stderr.</summary>
    public AdapterLoadOptions LoadOptions(ParseResult parsed) =>
        new() { AllowOtherBase = AllowsOtherBase(parsed), Log = OptionText.WriteError };

    /// <summary>
    /// The adapter's folder, of a run the best; null where none was given. One that is worse than its base is said on stderr.
    /// </summary>
    /// <exception cref="InputException">There is no adapter.</exception>
    public string? Folder(ParseResult parsed)
    {
        if (parsed.GetValue(_adapter) is not { } path)
            return null;
        var folder = AdapterFolder.Find(path, OptionText.WriteError);
        if (HeldOutMetrics.Read(folder) is { WorseThanBase: true, BaseLoss: { } baseLoss } facts)
            Console.Error.WriteLine(
                $"{folder}: worse than the base by held-out loss: {TuneStatus.Loss(facts.Loss)} after step "
                    + $"{facts.Step}, the base's {TuneStatus.Loss(baseLoss)}"
            );
        return folder;
    }

    public static Option<bool> OtherBaseOption() =>
        new("--other-base") { Description = "Accept a base other than the one that the adapter, or the resumed run, was trained on." };
}
