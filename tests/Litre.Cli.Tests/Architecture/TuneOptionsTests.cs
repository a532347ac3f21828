using System.CommandLine;
using Litre.Cli.Commands;
using Litre.Training.Tuning;

namespace Litre.Cli.Tests.Architecture;

/// <summary>finetune.sh knows tune's options before there is a program to ask: from a list that is compared here.</summary>
public sealed class TuneOptionsTests
{
    private const string ListFile = "build/tune-options.txt";

    [Fact]
    public void List_OfTunesOptions_IsWhatTheProgramHas()
    {
        var shared = new DataCheckCommand().Options.Select(o => o.Name).ToHashSet();
        var expected = new TuneCommand()
            .Options.Where(o => !o.Hidden)
            .OrderBy(o => o.Name, StringComparer.Ordinal)
            .Select(o => $"{o.Name} {Kind(o)}{(shared.Contains(o.Name) ? " check" : "")}")
            .Prepend("# Options of litre tune, for finetune.sh. A test compares them with the program.");
        var text = string.Join('\n', expected) + "\n";
        Assert.True(text == SourceTree.Read(ListFile), $"{ListFile} is not what litre tune has; it should be:\n{text}");
    }

    [Fact]
    public void ForeignNames_Translate_ToOptionsThereAre()
    {
        var known = new Command[]
        {
            new TuneCommand(),
            new AskCommand(),
            new EvalCommand(),
            new BatchCommand(),
            new DataCheckCommand(),
            new PlanCommand(),
        }
            .SelectMany(c => c.Options)
            .Select(o => o.Name[2..])
            .Append("question")
            .Append("system-prompt")
            .ToHashSet();
        var names = SourceTree
            .Read("src/Litre.Training/Tuning/foreign-names.txt")
            .Split('\n')
            .Where(l => l.Length > 0 && l[0] != '#')
            .SelectMany(l => l.Split(' ').Skip(1));
        Rule.Unbroken(names.Where(n => !known.Contains(n)).Distinct());
    }

    // What a shell can check: the program itself says more.
    private static string Kind(Option option)
    {
        if (option.ValueType == typeof(bool))
            return "flag";
        if (RecipeFields.Find(option.Name[2..]) is not { } field)
            return option.ValueType == typeof(int) || option.ValueType == typeof(int?) ? "whole"
                : option.ValueType == typeof(double) || option.ValueType == typeof(double?) ? "number"
                : "text";
        if (field.IsSwitch)
            return "switch";
        if (Takes(field, "word") || Takes(field, "auto") || Takes(field, field.Values.FirstOrDefault() ?? "auto") || Takes(field, "20GiB"))
            return "text";
        return Takes(field, "1e-1") || Takes(field, "0.5") ? "number"
            : Takes(field, "1") ? "whole"
            : "text";
    }

    private static bool Takes(RecipeField field, string value)
    {
        try
        {
            _ = field.Set(new TuneSettings(), value);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
