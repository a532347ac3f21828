using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Library;
using Litre.Model.Lora;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>--adapter</c> and <c>--other-base</c>, the same in every command that applies an adapter to a model.</summary>
internal sealed class AdapterOptions
{
    private readonly Option<string?> _adapter;
    private readonly Option<bool> _otherBase = OtherBaseOption();

    /// <param name="command">The command to add the options to.</param>
    /// <param name="description">What the adapter is for.</param>
    /// <param name="required">Whether the command needs an adapter.</param>
    public AdapterOptions(Command command, string description, bool required = false)
    {
        _adapter = new Option<string?>("--adapter") { Description = description, Required = required };
        command.Options.Add(_adapter);
        command.Options.Add(_otherBase);
    }

    /// <summary>Whether an adapter of another base is accepted.</summary>
    public bool AllowsOtherBase(ParseResult parsed) => parsed.GetValue(_otherBase);

    /// <summary>How the adapter is loaded; what cannot be checked about it is reported on stderr.</summary>
    public AdapterLoadOptions LoadOptions(ParseResult parsed) =>
        new() { AllowOtherBase = AllowsOtherBase(parsed), Log = OptionText.WriteError };

    /// <summary>
    /// Returns the adapter's folder, for a run that of its best adapter; null if none was given. An adapter that is worse than its
    /// base is reported on stderr.
    /// </summary>
    /// <exception cref="InputException">There is no adapter.</exception>
    public string? Folder(ParseResult parsed)
    {
        if (parsed.GetValue(_adapter) is not { } path)
            return null;
        var folder = Resolve(path);
        if (HeldOutMetrics.Read(folder) is { WorseThanBase: true, BaseLoss: { } baseLoss } facts)
            Console.Error.WriteLine(
                $"{folder}: this adapter is worse than its base model: held-out loss {TuneStatus.Loss(facts.Loss)} after step "
                    + $"{facts.Step}, {TuneStatus.Loss(baseLoss)} for the base"
            );
        return folder;
    }

    /// <summary>Returns the folder of an adapter: of a path if it exists, otherwise of a name in the adapter library.</summary>
    /// <exception cref="InputException">There is no adapter.</exception>
    public static string Resolve(string reference) => new AdapterLibrary(log: OptionText.WriteError).Resolve(reference);

    public static Option<bool> OtherBaseOption() =>
        new("--other-base") { Description = "Accept a base model other than the one that the adapter or the resumed run was trained on." };
}
