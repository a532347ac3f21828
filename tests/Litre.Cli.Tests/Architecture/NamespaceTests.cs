using Mono.Cecil;
using Mono.Cecil.Cil;
using Shared;

namespace Litre.Cli.Tests.Architecture;

/// <summary>Which namespaces of a project refer to which, as compiled: no two of them to each other, however long the way round.</summary>
public sealed class NamespaceTests
{
    [Fact]
    public void Source_NamespacesOfAProject_HaveNoCycles()
    {
        var assemblies = Directory
            .EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Where(f =>
                Path.GetFileName(f) is var name
                && (
                    name == "litre.dll"
                    || (name.StartsWith("Litre.", StringComparison.Ordinal) && !name.EndsWith(".Tests.dll", StringComparison.Ordinal))
                )
            )
            .ToList();
        // A program of its own.
        assemblies.Add(Path.Combine(Repository.Root, "src", "Litre.Server", "bin", "Debug", "net10.0", "litre-server.dll"));
        Assert.True(assemblies.Count >= 6, string.Join(' ', assemblies));
        Rule.Unbroken(assemblies.SelectMany(Cycles));
    }

    [Fact]
    public void Cycles_TwoNamespacesThatKnowEachOther_AreFound()
    {
        var found = Cycles(
            new Dictionary<string, SortedDictionary<string, string>>
            {
                ["A"] = new() { ["B"] = "a1" },
                ["B"] = new() { ["C"] = "b1" },
                ["C"] = new() { ["A"] = "c1" },
                ["D"] = new() { ["A"] = "d1" },
            }
        );
        Assert.Equal("A, B, C", Assert.Single(found).Split(':')[0]);
    }

    private static IEnumerable<string> Cycles(string file)
    {
        using var module = ModuleDefinition.ReadModule(file);
        var references = new Dictionary<string, SortedDictionary<string, string>>();
        foreach (var type in module.Types)
        foreach (var other in Referenced(type))
            if (Place(type) is { } from && Place(other) is { } to && from != to)
            {
                if (!references.TryGetValue(from, out var known))
                    references.Add(from, known = []);
                known.TryAdd(to, $"{type.Name} -> {Outermost(other).Name}");
            }
        return Cycles(references);

        // What the compiler made has no place of its own.
        string? Place(TypeReference reference) =>
            Outermost(reference) is var outer
            && outer.Scope == module
            && outer.Namespace.StartsWith("Litre", StringComparison.Ordinal)
            && !outer.Name.StartsWith('<')
                ? outer.Namespace
                : null;
    }

    /// <summary>Each group of namespaces of which every one reaches every other: its members and the references between them.</summary>
    private static IEnumerable<string> Cycles(Dictionary<string, SortedDictionary<string, string>> references)
    {
        var reach = references.Keys.ToDictionary(
            from => from,
            from =>
            {
                var (seen, open) = (new HashSet<string>(), new Stack<string>([from]));
                while (open.TryPop(out var at))
                    foreach (var to in references.GetValueOrDefault(at)?.Keys ?? Enumerable.Empty<string>())
                        if (seen.Add(to))
                            open.Push(to);
                return seen;
            }
        );
        return reach
            .Where(r => r.Value.Contains(r.Key))
            .GroupBy(r =>
                string.Join(", ", r.Value.Where(to => reach.GetValueOrDefault(to)?.Contains(r.Key) == true).Order(StringComparer.Ordinal))
            )
            .Select(group =>
                $"{group.Key}:"
                + string.Concat(
                    from member in @group.Select(r => r.Key).Order(StringComparer.Ordinal)
                    from to in references[member]
                    where @group.Any(r => r.Key == to.Key)
                    select $"\n  {member} -> {to.Key} ({to.Value})"
                )
            );
    }

    private static TypeReference Outermost(TypeReference type)
    {
        type = type.GetElementType();
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    private static IEnumerable<TypeReference> Referenced(TypeDefinition type)
    {
        var found = new List<TypeReference>();
        if (type.BaseType is { } parent)
            Add(parent);
        foreach (var part in type.Interfaces)
            Add(part.InterfaceType);
        foreach (var field in type.Fields)
            Add(field.FieldType);
        foreach (var method in type.Methods)
        {
            Add(method.ReturnType);
            foreach (var parameter in method.Parameters)
                Add(parameter.ParameterType);
            if (!method.HasBody)
                continue;
            foreach (var variable in method.Body.Variables)
                Add(variable.VariableType);
            foreach (var instruction in method.Body.Instructions)
                AddOperand(instruction);
        }
        foreach (var nested in type.NestedTypes)
            found.AddRange(Referenced(nested));
        return found;

        void AddOperand(Instruction instruction)
        {
            switch (instruction.Operand)
            {
                case TypeReference reference:
                    Add(reference);
                    break;
                case MethodReference method:
                    Add(method.DeclaringType);
                    if (method is GenericInstanceMethod generic)
                        foreach (var argument in generic.GenericArguments)
                            Add(argument);
                    break;
                case MemberReference member:
                    Add(member.DeclaringType);
                    break;
            }
        }

        void Add(TypeReference reference)
        {
            if (reference is GenericInstanceType generic)
                foreach (var argument in generic.GenericArguments)
                    Add(argument);
            if (reference is TypeSpecification specified)
                reference = specified.GetElementType();
            if (!reference.IsGenericParameter)
                found.Add(reference);
        }
    }
}
